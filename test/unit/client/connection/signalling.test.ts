import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { closeCodes } from '../../../../src/protocol/socket/closeCodes.ts';
import { rpcRequest } from '../../../../src/protocol/socket/jsonRpc.ts';
import { Addresses } from '../../../../src/client/connection/addresses.ts';
import { Credential } from '../../../../src/client/connection/credential.ts';
import { Signalling } from '../../../../src/client/connection/signalling.ts';
import { ignoredNotifications } from '../../../support/ignoredNotifications.ts';
import { waitFor } from '../../../support/waitFor.ts';

const hello = { userId: 'alice', calls: [], routerRtpCapabilities: { codecs: [], headerExtensions: [] } };

let server: WebSocketServer;
let greetings: unknown[];
let sockets: WebSocket[];
/** What `hello` is answered with; a code refuses it. */
let refusal: string | undefined;
let signalling: Signalling;
let asked: boolean[];
/** What the app returns. */
let nextToken: () => string;
/** The hosts of the sockets that were opened: the same server by two names. */
let hosts: string[];
/** Called when one is on its way. */
let opening: (() => void) | undefined;
let waits: number[];
/** What each `renew` is refused with, in turn. */
let renewals: (string | undefined)[];

beforeEach(async () => {
  greetings = [];
  asked = [];
  hosts = [];
  opening = undefined;
  waits = [];
  renewals = [];
  sockets = [];
  refusal = undefined;
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data: Buffer) => {
      const { id, method, params } = rpcRequest.parse(JSON.parse(data.toString()));
      if (method === 'hello') greetings.push(params);
      const code = method === 'renew' ? renewals.shift() : method === 'hello' ? refusal : undefined;
      const error = { code: 401, message: '', data: { code } };
      const content =
        code !== undefined
          ? { error }
          : { result: method === 'hello' ? hello : method === 'renew' ? { expiresAt: 1 } : {} };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...content }));
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  let token = 0;
  nextToken = () => `token-${++token}`;
  signalling = new Signalling({
    addresses: new Addresses(['127.0.0.1', 'localhost'].map((host) => `http://${host}:${portOf(server.address())}`)),
    deviceId: 'tab-12345678',
    credential: new Credential(({ refused }) => {
      asked.push(refused);
      return Promise.resolve(nextToken());
    }),
    notified: ignoredNotifications,
    openWebSocket: (url) => {
      hosts.push(new URL(url).hostname);
      opening?.();
      return new WebSocket(url, { family: 4 });
    },
    requestTimeoutMs: 30_000,
    backoff: (attempt) => {
      waits.push(attempt);
      return 5;
    },
  });
});

afterEach(async () => {
  signalling.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const again = () => new Promise((resolve) => signalling.once('again', resolve));
const request = () => signalling.request('leaveSession', { sessionId: 'ses_aaaaaaaaaaaaaaaaaaaaaa' });

describe('the permanent connection', () => {
  test('says hello with a token and the device', async () => {
    await expect(signalling.connect()).resolves.toEqual(hello);
    expect(greetings).toEqual([{ token: 'token-1', deviceId: 'tab-12345678' }]);
    expect(signalling.state).toBe('connected');
  });

  test('rejects the first time if the token is refused', async () => {
    refusal = 'unauthenticated';
    await expect(signalling.connect()).rejects.toMatchObject({ code: 'unauthenticated' });
    // Told that the first was refused, the app hands out another before it is given up.
    expect(asked).toEqual([false, true]);
  });

  test('gives up the first connection if closed meanwhile, and leaves no socket behind', async () => {
    const onItsWay = new Promise<void>((resolve) => (opening = resolve));
    const connecting = signalling.connect();
    await onItsWay;
    signalling.close();
    await expect(connecting).rejects.toMatchObject({ code: 'closed' });
    await waitFor(
      'no open socket',
      () => sockets.length > 0 && sockets.every(({ readyState }) => readyState >= WebSocket.CLOSING),
    );
    expect(signalling.state).toBe('closed');
  });

  test('sends nothing if closed before its turn to say hello', async () => {
    let turn: () => void = () => undefined;
    const connecting = signalling.connect(new Promise((resolve) => (turn = resolve)));
    signalling.close();
    turn();
    await expect(connecting).rejects.toMatchObject({ code: 'closed' });
    expect(hosts).toEqual([]);
  });

  test('reconnects after a loss with a fresh token, and requests wait for it', async () => {
    await signalling.connect();
    const back = again();
    sockets[0]?.terminate();
    await new Promise((resolve) => signalling.once('state', resolve));
    expect(signalling.state).toBe('reconnecting');
    await expect(request()).resolves.toEqual({});
    await back;
    expect(greetings).toHaveLength(2);
    expect(greetings[1]).toMatchObject({ token: 'token-2' });
  });

  test('takes a new socket when the network changes', async () => {
    await signalling.connect();
    const back = again();
    signalling.renew();
    await back;
    expect(sockets).toHaveLength(2);
    expect(hosts).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  test('goes to the next address after a loss', async () => {
    await signalling.connect();
    const back = again();
    sockets[0]?.terminate();
    await back;
    expect(hosts).toEqual(['127.0.0.1', 'localhost']);
    expect(waits).toEqual([0]);
  });

  test('goes to the next address without a pause when the server tells clients to leave', async () => {
    await signalling.connect();
    const back = again();
    sockets[0]?.close(closeCodes.draining);
    await back;
    expect(hosts).toEqual(['127.0.0.1', 'localhost']);
    expect(waits).toEqual([]);
  });

  test('stops for good when another tab takes its place', async () => {
    await signalling.connect();
    const closed = new Promise((resolve) => signalling.once('closed', resolve));
    sockets[0]?.close(closeCodes.replaced);
    await expect(closed).resolves.toMatchObject({ code: 'replaced' });
    await expect(request()).rejects.toMatchObject({ code: 'closed' });
    expect(sockets).toHaveLength(1);
  });

  test('stops for good when the user was signed out everywhere', async () => {
    await signalling.connect();
    const closed = new Promise((resolve) => signalling.once('closed', resolve));
    sockets[0]?.close(closeCodes.signed_out);
    await expect(closed).resolves.toMatchObject({ code: 'signed_out' });
    expect(sockets).toHaveLength(1);
  });

  test('gets another token and reconnects at once when its own has expired', async () => {
    await signalling.connect();
    const back = again();
    sockets[0]?.close(closeCodes.token_expired);
    await back;
    expect([asked, waits]).toEqual([[false, true], []]);
  });

  test('renews its token on the same socket until one is accepted', async () => {
    await signalling.connect();
    renewals = ['unavailable', 'token_expired', undefined];
    await signalling.renewToken();
    expect(asked).toEqual([false, true, true, true]);
    expect(sockets).toHaveLength(1);
    expect(signalling.state).toBe('connected');
  });

  test('gives up when fresh tokens are refused again and again', async () => {
    await signalling.connect();
    const closed = new Promise((resolve) => signalling.once('closed', resolve));
    refusal = 'token_expired';
    sockets[0]?.terminate();
    await expect(closed).resolves.toMatchObject({ code: 'token_expired' });
    expect(greetings).toHaveLength(4);
  });

  test('gives up when the app returns no token again and again, and tells the app that it was none', async () => {
    await signalling.connect();
    const closed = new Promise((resolve) => signalling.once('closed', resolve));
    nextToken = () => '';
    sockets[0]?.terminate();
    await expect(closed).resolves.toMatchObject({ code: 'token_invalid' });
    expect(asked).toEqual([false, false, true, true]);
    expect(greetings).toHaveLength(1);
  });

  test('connects when the app has a token again', async () => {
    await signalling.connect();
    const back = again();
    let missing = 2;
    const present = nextToken;
    nextToken = () => (missing-- > 0 ? '' : present());
    sockets[0]?.terminate();
    await back;
    expect(asked).toEqual([false, false, true, true]);
  });
});
