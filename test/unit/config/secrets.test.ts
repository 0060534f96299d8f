import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../../config/load.ts';
import type { Environment } from '../../../config/load.ts';
import { environmentName, settings } from '../../../config/schema.ts';

const enough: Environment = {
  VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379',
  VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
  VEILCAST_TOKEN_SECRET: 'Zq4-a-token-secret-that-is-long-enough-indeed',
};
const development = { VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379', VEILCAST_MODE: 'development' };

function faultsOf(environment: Environment): string {
  try {
    loadConfig(environment);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

function configFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'veilcast-config-')), 'config.json');
  writeFileSync(file, text);
  return file;
}

describe('no configuration error repeats a value', () => {
  const secret = 'hunter2-Needle';

  test.each(Object.keys(settings.shape))('of %s', (name) => {
    for (const value of [secret, `redis://:${secret}@[broken`, `${secret} ☃`, `-${secret}`]) {
      const message = faultsOf({ ...enough, [environmentName(name)]: value });
      expect(message).not.toContain(secret);
    }
  });

  test.each([
    ['an unescaped @', 'redis://:hunter2-Needle@x@redis.example:6379'],
    ['an unescaped /', 'redis://:hunter2-Needle/x@redis.example:6379'],
    ['an unescaped #', 'redis://:hunter2-Needle#x@redis.example:6379'],
    ['an unescaped %', 'redis://:hunter2-Needle%zz@redis.example:6379'],
    ['a port that is not a number', 'redis://:hunter2-Needle@redis.example:port'],
    ['a port that is too high', 'rediss://:hunter2-Needle@redis.example:99999'],
    ['an open bracket', 'redis://:hunter2-Needle@[fd00::1'],
    ['another scheme', 'http://:hunter2-Needle@redis.example'],
    ['a broken host among sentinels', 'redis+sentinel://:hunter2-Needle@a:26379,b:port/calls'],
    ['an unescaped % for a cluster', 'redis+cluster://:hunter2-Needle%zz@a:7000'],
  ])('of a Redis URL with %s', (what, url) => {
    const message = faultsOf({ ...enough, VEILCAST_REDIS_URL: url });
    // Some of these are URLs by accident: what counts is that nobody prints them.
    if (what !== 'an unescaped @') expect(message).toContain('VEILCAST_REDIS_URL:');
    expect(message).not.toContain(secret);
  });

  test.each([
    ['a missing quote', `{\n  "apiKey": "${secret}\n}`],
    ['a missing comma', `{ "apiKey": "${secret}" "httpPort": 1 }`],
    ['no JSON', secret],
    ['a list', `["${secret}"]`],
    ['a string', `"${secret}"`],
  ])('of a file with %s', (_, text) => {
    const message = faultsOf({ ...enough, VEILCAST_CONFIG: configFile(text) });
    expect(message).toMatch(/VEILCAST_CONFIG: \S+ (is not valid JSON|must hold one JSON object)/);
    for (const piece of ['hunter', 'Needle', 'apiKey']) expect(message).not.toContain(piece);
  });
});

describe('an API key that cannot be sent in a header is refused', () => {
  test.each([
    'two words that are long enough',
    'schlüssel-der-lang-genug-ist',
    'a-key-that-is\tlong-enough-here',
    '🔑🔑🔑',
  ])('%s', (key) => {
    expect(faultsOf({ ...enough, VEILCAST_API_KEY: key })).toContain(
      'VEILCAST_API_KEY: must have only printable ASCII characters and no spaces',
    );
    expect(faultsOf({ ...development, VEILCAST_API_KEY: key })).toContain(
      'VEILCAST_API_KEY: must have only printable ASCII characters and no spaces',
    );
  });
});

describe('production refuses a secret', () => {
  const refused = (name: string, value: string, why: string) => {
    const message = faultsOf({
      ...enough,
      VEILCAST_TURN_SECRET: 'Xw9-a-turn-secret-that-is-long-enough',
      [name]: value,
    });
    expect(message).toContain(`${name}: ${why}`);
    expect(message).not.toContain(value);
    expect(faultsOf({ ...development, [name]: value })).toBe('');
  };

  describe.each(['VEILCAST_API_KEY', 'VEILCAST_TOKEN_SECRET', 'VEILCAST_TURN_SECRET'])('%s', (name) => {
    test.each([
      ['short', 'kP7-short', 'must have at least'],
      ['one character', 'a'.repeat(40), 'is too easy to guess: fewer than 8 different characters'],
      ['a repetition', 'kP7-secrets'.repeat(4), 'is too easy to guess: it repeats itself'],
      ['a sequence', 'abcdefghijklmnopqrstuvwxyz0123456789', 'is too easy to guess: its characters are a sequence'],
      ['a placeholder', 'please-change-me-before-you-start-this', 'is a well-known placeholder'],
    ])('that is %s', (_, value, why) => {
      refused(name, value, why);
    });
  });

  test.each([
    ['VEILCAST_TOKEN_SECRET', 'VEILCAST_TURN_SECRET'],
    ['VEILCAST_API_KEY', 'VEILCAST_TOKEN_SECRET'],
    ['VEILCAST_API_KEY', 'VEILCAST_TURN_SECRET'],
  ])('that %s and %s share', (one, other) => {
    const shared = 'Xw9-the-same-secret-that-is-long-enough';
    const message = faultsOf({ ...enough, [one]: shared, [other]: shared });
    expect(message).toContain(`${one} and ${other} are the same secret`);
    expect(faultsOf({ ...development, [one]: shared, [other]: shared })).toBe('');
  });

  test.each(['redis://:%s@redis.example', 'redis+sentinel://app:%s@a:1,b:2/calls', 'rediss://app:%s@redis.example:1'])(
    'that %s has as its password',
    (url) => {
      const message = faultsOf({
        ...enough,
        VEILCAST_REDIS_URL: url.replace('%s', encodeURIComponent('Xw9/a-secret-that-is-long-enough-here')),
        VEILCAST_TOKEN_SECRET: 'Xw9/a-secret-that-is-long-enough-here',
      });
      expect(message).toContain('VEILCAST_TOKEN_SECRET and the password in VEILCAST_REDIS_URL are the same secret');
    },
  );

  test('a generated secret is accepted', () => {
    for (const secret of ['6f1e8a0b9c3d4e5f60718293a4b5c6d7', 'Jk3+0u/8mQxYw2Zr5TnVb7LpAe4Hs9Dc']) {
      expect(faultsOf({ ...enough, VEILCAST_TOKEN_SECRET: secret })).toBe('');
    }
  });
});
