/** A port that cannot be had is one sentence, and nothing that is counted or logged. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { adminLimits, listen } from '../../../src/compose/process/listening.ts';
import { ConnectionFaults } from '../../../src/edge/connectionFaults.ts';

const other = createServer();
afterEach(() => {
  other.close();
});

test('a port that is in use', async () => {
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;
  const said: unknown[] = [];
  const say = (...words: unknown[]) => {
    said.push(words);
  };
  const log = { debug: say, info: say, warn: say, error: say };
  const faults = new ConnectionFaults({ edge: 'http', metrics: { connectionCut: say }, log });
  const limits = adminLimits({ keepAliveTimeoutMs: 60_000 });
  const listening = listen(() => undefined, { host: '127.0.0.1', port, setting: 'httpPort', limits, faults });
  await expect(listening).rejects.toThrow(`VEILCAST_HTTP_PORT: cannot listen on 127.0.0.1 port ${port}`);
  expect(said).toEqual([]);
});
