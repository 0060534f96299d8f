import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { redisIsGiven, startPrivateRedis } from '../../../deploy/setup/privateRedis.mjs';
import type { PrivateRedis } from '../../../deploy/setup/privateRedis.mjs';

const log = { line: () => {}, step: <T>(_: string, work: (progress: () => void) => Promise<T>) => work(() => {}) };
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'veilcast-test-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

async function ask(redis: PrivateRedis, ...command: string[]): Promise<unknown> {
  const client = createClient({ url: redis.url });
  await client.connect();
  return client.sendCommand(command).finally(() => client.close());
}

test.each(['VEILCAST_REDIS_URL', 'VEILCAST_REDIS_URL_FILE', 'REDIS_URL'])('is not needed if %s is set', (name) => {
  expect(redisIsGiven({ [name]: 'given' })).toBe(true);
  expect(redisIsGiven({ [name]: '' })).toBe(false);
  expect(redisIsGiven({})).toBe(false);
});

test('keeps its data across a stop, at the same address', async () => {
  const first = await startPrivateRedis({ dataDir, log });
  await ask(first, 'SET', 'call', 'ringing');
  await first.stop();
  const second = await startPrivateRedis({ dataDir, log });
  expect(second.url).toBe(first.url);
  expect(await ask(second, 'GET', 'call')).toBe('ringing');
  await second.stop();
});

test('is started again after it was killed', async () => {
  const first = await startPrivateRedis({ dataDir, log });
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  const second = await startPrivateRedis({ dataDir, log });
  expect(await ask(second, 'PING')).toBe('PONG');
  await second.stop();
});

test('on one data folder the second is refused, and the first keeps working', async () => {
  const first = await startPrivateRedis({ dataDir, log });
  await expect(startPrivateRedis({ dataDir, log })).rejects.toThrow(
    `Another Veilcast (process ${process.pid}) uses the data`,
  );
  expect(await ask(first, 'PING')).toBe('PONG');
  await first.stop();
});
