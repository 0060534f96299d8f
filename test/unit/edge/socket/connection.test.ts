/** What one client's socket is told, and in which order. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { MemoryCalls } from '../../../../src/adapters/memory/memoryCalls.ts';
import type { Call } from '../../../../src/domain/call/call.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import type { RpcRequest } from '../../../../src/protocol/socket/jsonRpc.ts';
import { ConnectionFaults } from '../../../../src/edge/connectionFaults.ts';
import { CallDelivery } from '../../../../src/edge/socket/callDelivery.ts';
import { Connection } from '../../../../src/edge/socket/connection.ts';
import type { OnCallChange } from '../../../../src/ports/call/callFeed.ts';
import type { Notification } from '../../../../src/protocol/socket/notifications.ts';
import { callAfter, createCommand } from '../../../support/calls.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { worldOf } from '../server.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

/** A client and the server's end of its socket. */
async function connected(
  handle: (connection: Connection, request: RpcRequest) => Promise<unknown>,
  admit: () => Promise<void> = () => Promise.resolve(),
) {
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
      const limits = { helloTimeoutMs: 60_000, badMessagesAllowed: 1, requestsInFlight: 8 };
      const faults = new ConnectionFaults({ edge: 'socket', metrics: { connectionCut: () => undefined }, log });
      const options = { socket, limits, metrics, log, faults, admit, handle, number: 1, mayWait: () => true };
      resolve(new Connection({ ...options, onClosed: () => undefined }));
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

test('notifications during a hello follow its answer', async () => {
  const sessionId = 'ses_0123456789012345678901';
  const { client, heard } = await connected(async (connection) => {
    connection.holdNotifications();
    connection.notify({ method: 'session.closed', params: { sessionId, why: 'call_ended' } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return {};
  });
  client.send(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'hello', params: {} }));
  await waitFor('both', () => heard.length === 2);
  expect(heard.map((text) => /"id":7|session\.closed/.exec(text)?.[0])).toEqual(['"id":7', 'session.closed']);
});

test('a user gets the end of their part in a call, even after later changes, and then nothing more', async () => {
  const { heard, connection, log } = await connected(() => Promise.resolve({}));
  let tell: OnCallChange = () => undefined;
  const feed = new MemoryCalls({ clock: { now: Date.now }, endedCallTtlMs: 1 });
  const delivery = new CallDelivery({
    feed: {
      onCall: feed.onCall.bind(feed),
      onNode: feed.onNode.bind(feed),
      onGap: () => undefined,
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
    followOnSocket: () => Promise.resolve(),
  });
  connection.identity = { userId: 'carol', deviceId: 'carol-phone-1', generation: 'g', expiresAt: Infinity };
  await delivery.greet(connection, 'carol');
  const rung = createCommand(['bob', 'carol']);
  const later: readonly CallCommand[] = [
    { name: 'decline', userId: 'carol' },
    { name: 'answer', userId: 'bob', deviceId: 'bob-phone-1' },
  ];
  const change = (call: Call) => {
    tell({ call, events: [{ type: 'call.ringing', callId: call.id, seq: 1, at: 1, userId: 'alice' }] });
  };
  change(callAfter(rung));
  await waitFor('the ring', () => heard.length === 1);
  const over = callAfter(rung, ...later);
  change(over);
  change(over);
  await waitFor('the end', () => heard.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(heard.map((text) => /call\.(incoming|changed)/.exec(text)?.[0])).toEqual(['call.incoming', 'call.changed']);
});

const ask = (id: unknown, method = 'work') => JSON.stringify({ jsonrpc: '2.0', id, method, params: {} });
const done = () => Promise.resolve({ done: true });
const parsed = (text: string): unknown => JSON.parse(text);

test('ids are returned unchanged: numbers, strings, null', async () => {
  const { client, heard } = await connected(done);
  for (const id of [7, -7, 'seven', '', null]) client.send(ask(id));
  await waitFor('the answers', () => heard.length === 5);
  expect(heard.map(parsed)).toEqual(
    [7, -7, 'seven', '', null].map((id) => ({ jsonrpc: '2.0', id, result: { done: true } })),
  );
});

test('a request may omit its parameters', async () => {
  const { client, heard } = await connected((_connection, request) => Promise.resolve(request.params));
  client.send('{"jsonrpc":"2.0","id":1,"method":"work"}');
  await waitFor('the answer', () => heard.length === 1);
  expect(parsed(heard[0] ?? '')).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
});

test('a request without an id is executed and gets no answer, even if it fails', async () => {
  let count = 0;
  const { client, heard } = await connected(() => {
    count += 1;
    return count === 1 ? done() : Promise.reject(new CallError('call_not_found'));
  });
  client.send(ask(undefined));
  client.send(ask(undefined));
  client.send(ask('last'));
  await waitFor('the last', () => heard.length > 0);
  expect(count).toBe(3);
  expect(heard.map(parsed)).toMatchObject([{ id: 'last', error: { data: { code: 'call_not_found' } } }]);
});

test.each([
  ['[]', { id: null, error: { code: -32600, data: { code: 'batch_refused' } } }],
  [`[${ask(1)},${ask(2)}]`, { id: null, error: { data: { code: 'batch_refused' } } }],
  ['null', { id: null, error: { code: -32600, data: { code: 'invalid_request' } } }],
  ['5', { id: null, error: { code: -32600, data: { code: 'invalid_request' } } }],
  ['"x"', { id: null, error: { code: -32600, data: { code: 'invalid_request' } } }],
  ['{"jsonrpc":"2.0","id":"a"}', { id: 'a', error: { code: -32600, data: { code: 'invalid_request' } } }],
  [
    '{"jsonrpc":"2.0","id":1.5,"method":"work"}',
    { id: null, error: { code: -32600, data: { code: 'invalid_request' } } },
  ],
  ['{', { id: null, error: { code: -32700, data: { code: 'malformed' } } }],
])('%s is refused by name', async (text, answer) => {
  const { client, heard } = await connected(done);
  client.send(text);
  await waitFor('the refusal', () => heard.length === 1);
  expect(parsed(heard[0] ?? '')).toMatchObject(answer);
});

test('single bad messages are forgiven with time, and many in a row are not', async () => {
  const { client, heard } = await connected(done);
  const closed = once(client, 'close');
  const now = jest.spyOn(performance, 'now');
  const bad = async (at: number) => {
    const before = heard.length;
    now.mockReturnValue(at);
    client.send('{');
    // What waits here looks at the clock as well.
    while (heard.length === before && client.readyState === client.OPEN) await new Promise((go) => setImmediate(go));
  };
  try {
    // One is allowed at a time; each of these is forgiven before the next.
    for (let count = 1; count <= 5; count += 1) await bad(count * 10_000);
    expect(client.readyState).toBe(client.OPEN);
    await bad(50_001);
  } finally {
    now.mockRestore();
  }
  expect((await closed)[0]).toBe(4003);
});

test('a client that is too fast learns which request was refused', async () => {
  const { client, heard } = await connected(done, () => Promise.reject(new CallError('too_many_requests')));
  client.send(ask('which'));
  await waitFor('the refusal', () => heard.length === 1);
  expect(parsed(heard[0] ?? '')).toMatchObject({ id: 'which', error: { data: { code: 'too_many_requests' } } });
});

test('the number of running requests is limited', async () => {
  const finish: (() => void)[] = [];
  const { client, heard } = await connected(
    () =>
      new Promise((resolve) => {
        finish.push(() => {
          resolve({});
        });
      }),
  );
  for (let id = 1; id <= 9; id += 1) client.send(ask(id));
  await waitFor('the refusal', () => heard.length === 1);
  expect(parsed(heard[0] ?? '')).toMatchObject({ id: 9, error: { data: { code: 'too_many_in_flight' } } });
  for (const step of finish) step();
  await waitFor('the others', () => heard.length === 9);
  client.send(ask(10));
  await waitFor('room for another', () => finish.length === 9);
});

test('a client that does not read is not read from, and is cut off before it fills the memory', async () => {
  let asked = 0;
  const { client, connection } = await connected(() => {
    asked += 1;
    return done();
  });
  const notification: Notification = {
    method: 'session.closed',
    params: { sessionId: `ses_${'a'.repeat(22)}`, why: 'call_ended' },
  };
  client.pause();
  // The network holds some megabytes by itself.
  await waitFor('it to be stuck', () => {
    for (let count = 0; count < 200; count += 1) connection.notify(notification);
    return connection.unreadBytes > 512 * 1024;
  });
  client.send(ask(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toBe(0);
  const closed = new Promise<void>((resolve) => {
    connection.whenClosed(resolve);
  });
  let most = 0;
  for (let count = 0; count < 5_000; count += 1) {
    connection.notify(notification);
    most = Math.max(most, connection.unreadBytes);
  }
  await closed;
  expect(most).toBeLessThan(2 * 1024 * 1024);
});

test('a client that reads again is read from again', async () => {
  const { client, heard, connection } = await connected(() => Promise.resolve({ text: 'x'.repeat(256 * 1024) }));
  client.pause();
  let id = 0;
  await waitFor('it to be stuck', () => {
    id += 1;
    client.send(ask(id));
    return connection.unreadBytes > 256 * 1024;
  });
  client.resume();
  await waitFor('what waited', () => connection.unreadBytes === 0);
  client.send(ask('again'));
  await waitFor('another', () => heard.some((text) => text.includes('"id":"again"')));
});
