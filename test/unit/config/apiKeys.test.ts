import { expect, test } from '@jest/globals';
import { keysIn } from '../../../config/apiKeys.ts';
import { ConfigError, loadConfig } from '../../../config/load.ts';
import type { Environment } from '../../../config/load.ts';
import { secretsIn } from '../../../config/secrets.ts';

const enough: Environment = {
  VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379',
  VEILCAST_TOKEN_SECRET: 'Zq4-a-token-secret-that-is-long-enough-indeed',
};
const backend = { name: 'backend', scopes: ['read', 'calls'], secret: 'kP7-a-key-of-the-backend-long-enough' };
const metrics = { name: 'prometheus', scopes: ['metrics'], secret: 'Rt5-a-key-of-prometheus-long-enough' };
const everything = ['read', 'calls', 'people', 'admin', 'metrics'];

function faultsOf(environment: Environment): readonly string[] {
  try {
    loadConfig({ ...enough, ...environment });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

test('the single key is named `default` and has every scope; others have what they are given', () => {
  const environment = {
    VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
    VEILCAST_API_KEYS: JSON.stringify([metrics]),
  };
  expect(keysIn(loadConfig({ ...enough, ...environment }))).toEqual([
    { name: 'default', scopes: everything, secret: environment.VEILCAST_API_KEY },
    metrics,
  ]);
});

test('named keys are enough, may expire, and count as secrets', () => {
  const expiring = { ...backend, expiresAt: '2027-01-31T12:00:00+01:00' };
  const config = loadConfig({ ...enough, VEILCAST_API_KEYS: JSON.stringify([expiring, metrics]) });
  expect(keysIn(config)).toEqual([{ ...backend, expiresAt: Date.UTC(2027, 0, 31, 11) }, metrics]);
  expect(secretsIn(config)).toEqual(expect.arrayContaining([backend.secret, metrics.secret]));
});

test('development generates a key only where none is given', () => {
  const development = { VEILCAST_MODE: 'development', VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379' };
  expect(keysIn(loadConfig(development)).map(({ name }) => name)).toEqual(['default']);
  const named = loadConfig({ ...development, VEILCAST_API_KEYS: JSON.stringify([backend]) });
  expect(keysIn(named).map(({ name }) => name)).toEqual(['backend']);
});

test.each([
  ['none at all', {}, 'VEILCAST_API_KEY: must be set, or VEILCAST_API_KEYS'],
  ['no JSON', { VEILCAST_API_KEYS: backend.secret }, 'VEILCAST_API_KEYS: must be a JSON list'],
  ['an empty list', { VEILCAST_API_KEYS: '[]' }, 'VEILCAST_API_KEYS: must be a JSON list'],
  ['an unknown scope', listOf({ ...backend, scopes: ['calls', 'everything'] }), 'scopes is a list of some of'],
  ['no scope', listOf({ ...backend, scopes: [] }), 'scopes is a list of some of'],
  ['an unknown field', listOf({ ...backend, scope: 'calls' }), 'each key has a name, scopes and a secret'],
  ['a name that is no word', listOf({ ...backend, name: 'the backend' }), 'a name has 1 to 32 letters'],
  [
    'a secret that no header takes',
    listOf({ ...backend, secret: 'two words that are long enough' }),
    'a secret has only',
  ],
  ['an end that is no time', listOf({ ...backend, expiresAt: 'tomorrow' }), 'expiresAt is a time'],
  ['two keys of one name', listOf(backend, { ...metrics, name: 'backend' }), 'two keys have the same name'],
  ['too many keys', listOf(...Array.from({ length: 65 }, () => backend)), 'there may be at most 64 keys'],
  [
    'a short secret',
    listOf({ ...backend, secret: 'kP7-short' }),
    'the secret of backend: must have at least 24 characters',
  ],
  [
    'two keys with one secret',
    listOf(backend, { ...metrics, secret: backend.secret }),
    'the secret of backend and VEILCAST_API_KEYS: the secret of prometheus are the same secret',
  ],
  [
    'the name of the single key',
    { VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough', ...listOf({ ...backend, name: 'default' }) },
    'VEILCAST_API_KEYS: the name default belongs to the key in VEILCAST_API_KEY',
  ],
])('refuses %s, and repeats no secret', (_what, environment, why) => {
  const faults = faultsOf(environment).join('\n');
  expect(faults).toContain(why);
  for (const { secret } of [backend, metrics]) expect(faults).not.toContain(secret);
});

function listOf(...keys: readonly unknown[]): Environment {
  return { VEILCAST_API_KEYS: JSON.stringify(keys) };
}
