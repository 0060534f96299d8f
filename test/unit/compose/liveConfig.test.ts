import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { keysIn } from '../../../config/apiKeys.ts';
import { takeConfig } from '../../../config/load.ts';
import type { Config } from '../../../config/schema.ts';
import { CallError } from '../../../src/domain/kernel/errors.ts';
import { LiveConfig } from '../../../src/compose/process/liveConfig.ts';
import { onlyIfChanged } from '../../../src/compose/store/changedSecrets.ts';
import { ApiKeys } from '../../../src/edge/apiKeys.ts';
import { scrub } from '../../../src/observability/scrub.ts';

const former = 'Zq4-a-token-secret-that-is-long-enough-indeed';
const next = 'Wm8-another-token-secret-that-is-long-enough';
let folder: string;
let applied: Config[];
let environment: NodeJS.ProcessEnv;
const put = (name: string, text: string): void => {
  writeFileSync(join(folder, name), text);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'veilcast-live-'));
  applied = [];
  put('token', `${former}\n`);
  put('config.json', JSON.stringify({ ringTimeoutMs: 7000 }));
  environment = {
    PATH: '/usr/bin',
    VEILCAST_CONFIG: join(folder, 'config.json'),
    VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379',
    VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
    VEILCAST_TOKEN_SECRET_FILE: join(folder, 'token'),
  };
});

function open(): LiveConfig {
  const live = new LiveConfig(takeConfig(environment));
  live.onReload((config) => void applied.push(config));
  return live;
}

test('a reload applies secrets from files that changed, and leaves the environment of the process without them', async () => {
  const live = open();
  expect(environment).toEqual({ PATH: '/usr/bin' });
  expect(live.config.tokenSecret).toBe(former);
  put('token', `${next}\n`);
  put('config.json', JSON.stringify({ ringTimeoutMs: 7000, acceptedTokenSecret: former }));
  expect(await live.reload()).toEqual({
    changed: ['VEILCAST_TOKEN_SECRET', 'VEILCAST_ACCEPTED_TOKEN_SECRET'],
    needRestart: [],
  });
  expect(applied).toMatchObject([{ tokenSecret: next, acceptedTokenSecret: former, ringTimeoutMs: 7000 }]);
  expect(live.config.tokenSecret).toBe(next);
  expect(scrub(`${former} and ${next}`)).toBe('[secret] and [secret]');
});

test('a setting that needs a restart is named each time, and does not change', async () => {
  const live = open();
  put('config.json', JSON.stringify({ ringTimeoutMs: 9000, logLevel: 'warn' }));
  expect(await live.reload()).toEqual({ changed: ['VEILCAST_LOG_LEVEL'], needRestart: ['VEILCAST_RING_TIMEOUT_MS'] });
  expect(live.config).toMatchObject({ ringTimeoutMs: 7000, logLevel: 'warn' });
  expect(await live.reload()).toEqual({ changed: [], needRestart: ['VEILCAST_RING_TIMEOUT_MS'] });
  expect(applied).toHaveLength(1);
});

test('a reload during the start waits for the parts that start', async () => {
  const live = open();
  const told: string[] = [];
  let finish: () => void = () => undefined;
  const starting = live.start(async () => {
    const { logLevel } = live.config;
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    told.push(`started with ${logLevel}`);
    live.onReload((config) => void told.push(`changed to ${config.logLevel}`));
  });
  put('config.json', JSON.stringify({ logLevel: 'warn' }));
  const reloading = live.reload();
  // A reload that did not wait would be over.
  await new Promise((resolve) => setImmediate(resolve));
  finish();
  await starting;
  expect((await reloading).changed).toContain('VEILCAST_LOG_LEVEL');
  expect(told).toEqual(['started with info', 'changed to warn']);
});

test('after a start that failed, a reload is not held up', async () => {
  const live = open();
  await expect(live.start(() => Promise.reject(new Error('no Redis')))).rejects.toThrow('no Redis');
  expect(await live.reload()).toEqual({ changed: [], needRestart: [] });
});

test('with a fault anywhere, or if the store does not take the change, nothing changes', async () => {
  const live = open();
  put('token', 'short');
  await expect(live.reload()).rejects.toThrow('VEILCAST_TOKEN_SECRET: must have at least 32 characters');
  put('token', next);
  let isAway = true;
  const failing = new LiveConfig(takeConfig({ ...atStart(), VEILCAST_TOKEN_SECRET: former }));
  const levels: string[] = [];
  failing.onReload(({ logLevel }) => void levels.push(logLevel));
  failing.beforeReload(() => (isAway ? Promise.reject(new Error('the store is away')) : Promise.resolve()));
  put('config.json', JSON.stringify({ logLevel: 'warn' }));
  await expect(failing.reload()).rejects.toThrow('the store is away');
  expect([failing.config.logLevel, levels]).toEqual(['info', []]);
  isAway = false;
  expect((await failing.reload()).changed).toEqual(['VEILCAST_LOG_LEVEL']);
  expect(levels).toEqual(['warn']);
  expect(applied).toEqual([]);
});

const atStart = (): NodeJS.ProcessEnv => ({
  VEILCAST_CONFIG: join(folder, 'config.json'),
  VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379',
  VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
});

test('while the store is away, a leaked API key is revoked; only another token secret must wait for the store', async () => {
  put('keys', listOf('leaked', 'other'));
  delete environment['VEILCAST_API_KEY'];
  environment['VEILCAST_API_KEYS_FILE'] = join(folder, 'keys');
  const live = new LiveConfig(takeConfig(environment));
  const apiKeys = new ApiKeys(keysIn(live.config), { now: () => 0 });
  let isAway = true;
  const claimed: string[] = [];
  const changeSecrets = onlyIfChanged(live.config, ({ tokenSecret }) => {
    if (isAway) return Promise.reject(new CallError('unavailable'));
    claimed.push(tokenSecret);
    return Promise.resolve();
  });
  live.beforeReload(changeSecrets);
  live.onReload((config) => {
    apiKeys.replace(keysIn(config));
  });
  const nameOf = (name: string) => apiKeys.find(secretOf(name))?.name;
  put('keys', listOf('other'));
  expect((await live.reload()).changed).toEqual(['VEILCAST_API_KEYS']);
  expect([nameOf('leaked'), nameOf('other')]).toEqual([undefined, 'other']);
  put('token', next);
  for (let turn = 0; turn < 2; turn += 1) await expect(live.reload()).rejects.toMatchObject({ code: 'unavailable' });
  isAway = false;
  expect((await live.reload()).changed).toEqual(['VEILCAST_TOKEN_SECRET']);
  isAway = true;
  put('keys', listOf('third'));
  expect((await live.reload()).changed).toEqual(['VEILCAST_API_KEYS']);
  expect(claimed).toEqual([next]);
});

const secretOf = (name: string): string => `kP7-the-secret-of-the-key-${name}`;
const listOf = (...names: string[]): string =>
  JSON.stringify(names.map((name) => ({ name, scopes: ['read'], secret: secretOf(name) })));

test('development keeps the secrets that it generated', async () => {
  const live = new LiveConfig(
    takeConfig({ VEILCAST_MODE: 'development', VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379' }),
  );
  const { apiKey, tokenSecret } = live.config;
  expect(await live.reload()).toEqual({ changed: [], needRestart: [] });
  expect(live.config).toMatchObject({ apiKey, tokenSecret });
});
