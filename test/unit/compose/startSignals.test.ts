/** The processes while they start. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startNodeProcess } from '../../../src/compose/node/nodeProcess.ts';
import { startWorkersProcess } from '../../../src/compose/workers/workersProcess.ts';

/** A Redis that refuses everybody, which ends a start at once. */
const redis = createServer((socket) => {
  socket.on('error', () => undefined).on('data', () => socket.write('-WRONGPASS refused\r\n'));
});

beforeEach(async () => {
  redis.listen(0, '127.0.0.1');
  await once(redis, 'listening');
  const address = redis.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  // A process takes these away from its environment.
  Object.assign(process.env, {
    VEILCAST_REDIS_URL: `redis://127.0.0.1:${port}`,
    VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
    VEILCAST_TOKEN_SECRET: 'Zq4-a-token-secret-that-is-long-enough-indeed',
    VEILCAST_LOG_LEVEL: 'silent',
  });
});
afterEach(async () => {
  for (const event of ['SIGHUP', 'uncaughtException']) process.removeAllListeners(event);
  redis.close();
  await once(redis, 'close');
});

test.each([
  ['a node', startNodeProcess],
  ['lifecycle workers', startWorkersProcess],
])('SIGHUP does not end %s during the start', async (_name, start) => {
  const starting = start(new AbortController().signal);
  const heard = process.listenerCount('SIGHUP');
  await expect(starting).rejects.toMatchObject({ name: 'ConfigError' });
  expect(heard).toBe(1);
});
