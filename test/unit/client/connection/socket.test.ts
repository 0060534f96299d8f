import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import type { NotificationHandlers, WebSocketLike } from '../../../../src/client/connection/socket.ts';
import { rpcRequest } from '../../../../src/protocol/socket/jsonRpc.ts';
import type { RpcRequest } from '../../../../src/protocol/socket/jsonRpc.ts';
import { Socket } from '../../../../src/client/connection/socket.ts';
import { ignoredNotifications } from '../../../support/ignoredNotifications.ts';

type Answer = (request: RpcRequest, socket: WebSocket) => void;

const deaf = ignoredNotifications;
const sessionId = `ses_${'a'.repeat(22)}`;
const typedSessionId = 'ses_aaaaaaaaaaaaaaaaaaaaaa' as const;

let server: WebSocketServer;
let answer: Answer;
let closed: number[];

beforeEach(async () => {
  closed = [];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      answer(rpcRequest.parse(JSON.parse(data.toString())), socket);
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
});

afterEach(async () => {
  jest.useRealTimers();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function open(notified: Partial<NotificationHandlers> = {}): Promise<Socket> {
  // Sockets of an earlier test may end late.
  const codes = closed;
  const webSocket: WebSocketLike = new WebSocket(`ws://127.0.0.1:${portOf(server.address())}`);
  return Socket.open({
    webSocket,
    requestTimeoutMs: 30_000,
    notified: { ...deaf, ...notified },
    closed: (code) => codes.push(code),
  });
}

const reply = (socket: WebSocket, message: object) => {
  socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
};

describe('requests over a socket', () => {
  test('answers are matched to their requests in any order', async () => {
    const waiting: number[] = [];
    answer = ({ id }, socket) => {
      if (typeof id !== 'number') throw new Error('the client numbers its requests');
      waiting.unshift(id);
      if (waiting.length < 2) return;
      for (const one of waiting) {
        const iceParameters = { usernameFragment: `u${one}`, password: 'p' };
        reply(socket, { id: one, result: { iceParameters, iceServers: [] } });
      }
    };
    const socket = await open();
    const params = { sessionId: typedSessionId, direction: 'send' as const };
    const both = await Promise.all([socket.request('restartIce', params), socket.request('restartIce', params)]);
    expect(both.map(({ iceParameters }) => iceParameters.usernameFragment)).toEqual(['u1', 'u2']);
  });

  test('a refusal keeps its code and its wait', async () => {
    answer = ({ id }, socket) => {
      reply(socket, {
        id,
        error: { code: 429, message: 'slow', data: { code: 'too_many_requests', retryAfterMs: 7 } },
      });
    };
    const socket = await open();
    await expect(socket.request('leaveSession', { sessionId: typedSessionId })).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterMs: 7,
    });
  });

  test('an unknown code is an internal error', async () => {
    answer = ({ id }, socket) => {
      reply(socket, { id, error: { code: 418, message: 'new', data: { code: 'teapot' } } });
    };
    const socket = await open();
    await expect(socket.request('leaveSession', { sessionId: typedSessionId })).rejects.toMatchObject({
      code: 'internal',
    });
  });

  test('an answer of the wrong shape is refused', async () => {
    answer = ({ id }, socket) => {
      reply(socket, { id, result: { iceParameters: 'none' } });
    };
    const socket = await open();
    await expect(socket.request('restartIce', { sessionId: typedSessionId, direction: 'send' })).rejects.toMatchObject({
      code: 'unexpected_message',
    });
  });

  test('a request without an answer ends at the time limit, and a late answer does no harm', async () => {
    let late: RpcRequest['id'];
    const socket = await open();
    // The network stays real.
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const asked = new Promise<void>((resolve) => {
      answer = ({ id }) => {
        late = id;
        resolve();
      };
    });
    const timedOut = expect(socket.request('leaveSession', { sessionId: typedSessionId })).rejects.toMatchObject({
      code: 'timed_out',
    });
    await asked;
    await jest.runAllTimersAsync();
    await timedOut;
    answer = ({ id }, webSocket) => {
      reply(webSocket, { id: late, result: {} });
      reply(webSocket, { id, result: {} });
    };
    await expect(socket.request('leaveSession', { sessionId: typedSessionId })).resolves.toEqual({});
  });

  test('a lost socket rejects pending requests once, with its code', async () => {
    answer = (_request, socket) => {
      socket.close(4006);
    };
    const socket = await open();
    await expect(socket.request('leaveSession', { sessionId: typedSessionId })).rejects.toMatchObject({
      code: 'disconnected',
    });
    await expect(socket.request('leaveSession', { sessionId: typedSessionId })).rejects.toMatchObject({
      code: 'disconnected',
    });
    expect(closed).toEqual([4006]);
  });

  test('notifications are parsed; unknown and invalid ones are ignored', async () => {
    const layers: unknown[] = [];
    answer = ({ id }, socket) => {
      socket.send('not json');
      socket.send('[]');
      reply(socket, { method: 'weather', params: {} });
      reply(socket, {
        method: 'subscription.layers',
        params: { sessionId, subscriptionId: '6f2d1a52-6f0e-4a4e-9d8e-000000000001', spatialLayer: 2, secret: 1 },
      });
      reply(socket, { id, result: {} });
    };
    const socket = await open({ 'subscription.layers': (params) => layers.push(params) });
    await socket.request('leaveSession', { sessionId: typedSessionId });
    expect(layers).toEqual([{ sessionId, subscriptionId: '6f2d1a52-6f0e-4a4e-9d8e-000000000001', spatialLayer: 2 }]);
  });
});
