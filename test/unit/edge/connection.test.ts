/** What one client's socket is told, and in which order. */
import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { MemoryCalls } from '../../../src/adapters/memory/memoryCalls.ts';
import type { Call } from '../../../src/call/call.ts';
import type { CallCommand } from '../../../src/call/commands.ts';
import { ConnectionFaults } from '../../../src/edge/connectionFaults.ts';
import { CallDelivery } from '../../../src/edge/ws/callDelivery.ts';
import { Connection } from '../../../src/edge/ws/connection.ts';
import type { OnCallChange } from '../../../src/ports/callFeed.ts';
import { callAfter, createCommand } from '../../support/calls.ts';
import { waitFor } from '../../support/waitFor.ts';
import { worldOf } from './server.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

/** A client and the server's end of its socket. */
async function connected(handle: (connection: Connection) => Promise<unknown>) {
  const { metrics, log } = worldOf().options;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  undo.push(() => {
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const arrived = new Promise<Connection>((resolve) => {
    server.on('connection', (socket) => {
      const limits = { helloTimeoutMs: 60_000, badMessagesAllowed: 1 };
      const admit = () => Promise.resolve();
      const faults = new ConnectionFaults({ edge: 'socket', metrics: { connectionCut: () => undefined }, log });
      resolve(new Connection({ socket, limits, metrics, log, faults, admit, handle, onClosed: () => undefined }));
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`);
  undo.push(() => {
    client.terminate();
  });
  const heard: string[] = [];
  client.on('message', (data) => {
    if (Buffer.isBuffer(data)) heard.push(data.toString('utf8'));
  });
  await once(client, 'open');
  return { client, heard, connection: await arrived, log };
}

test('news that come while a hello is answered follow the answer', async () => {
  const sessionId = 'ses_0123456789012345678901';
  const { client, heard } = await connected(async (connection) => {
    connection.holdNews();
    connection.notify({ method: 'session.closed', params: { sessionId, why: 'call_ended' } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return {};
  });
  client.send(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'hello', params: {} }));
  await waitFor('both', () => heard.length === 2);
  expect(heard.map((text) => /"id":7|session\.closed/.exec(text)?.[0])).toEqual(['"id":7', 'session.closed']);
});

test('who was told of a call is told that it is over for them, though more has happened since; and then no more', async () => {
  const { heard, connection, log } = await connected(() => Promise.resolve({}));
  let tell: OnCallChange = () => undefined;
  const feed = new MemoryCalls({ clock: { now: Date.now }, endedCallTtlMs: 1 });
  const delivery = new CallDelivery({
    feed: {
      ...{ onCall: feed.onCall.bind(feed), onNode: feed.onNode.bind(feed), onGap: () => undefined },
      onUser: (_userId, listener) => {
        tell = listener;
        return Promise.resolve(() => Promise.resolve());
      },
    },
    log,
    ticketFor: () => Promise.resolve('a-ticket'),
    liveCalls: () => Promise.resolve([]),
    loadCall: () => Promise.resolve(undefined),
    mustStillBe: () => Promise.resolve(),
    followNews: () => Promise.resolve(),
  });
  connection.identity = { userId: 'carol', deviceId: 'carol-phone-1', generation: 'g', expiresAt: Infinity };
  await delivery.greet(connection, 'carol');
  const rung = createCommand(['bob', 'carol']);
  const later: readonly CallCommand[] = [
    { name: 'decline', userId: 'carol' },
    { name: 'answer', userId: 'bob', deviceId: 'bob-phone-1' },
  ];
  const news = (call: Call) => {
    tell({ call, events: [{ type: 'call.ringing', callId: call.id, seq: 1, at: 1, userId: 'alice' }] });
  };
  news(callAfter(rung));
  await waitFor('the ring', () => heard.length === 1);
  const over = callAfter(rung, ...later);
  news(over);
  news(over);
  await waitFor('the end', () => heard.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(heard.map((text) => /call\.(incoming|changed)/.exec(text)?.[0])).toEqual(['call.incoming', 'call.changed']);
});
