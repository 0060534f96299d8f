/** When open sockets end by themselves: with their user's generation, their token, and a later hello of their device. */
import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { MemoryDeviceSeats } from '../../../../src/adapters/memory/memoryDeviceSeats.ts';
import { MemoryRightsLog } from '../../../../src/adapters/memory/memoryRightsLog.ts';
import { MemoryUserDirectory } from '../../../../src/adapters/memory/memoryUserDirectory.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import { ConnectionFaults } from '../../../../src/edge/connectionFaults.ts';
import { Connection } from '../../../../src/edge/socket/connection.ts';
import { noticeAt } from '../../../../src/commands/people/expiryNotice.ts';
import { SocketRights } from '../../../../src/edge/socket/socketRights.ts';
import { closeCodes } from '../../../../src/protocol/socket/closeCodes.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { worldOf } from '../server.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

const sessionId = 'ses_0123456789012345678901';
const graceMs = 5_000;

/** Two nodes over the same memory, and users who say hello at either. */
function stage() {
  const rights = new MemoryRightsLog();
  const users = new MemoryUserDirectory({ log: rights });
  const seats = new MemoryDeviceSeats();
  const time = { now: 1_000_000 };
  const store = { isAway: false };
  const { log, metrics } = worldOf().options;
  const node = () => {
    const ended: string[] = [];
    const own = new SocketRights({
      seats,
      rights,
      clock: { now: () => time.now },
      log,
      graceMs,
      generationOf: (userId) =>
        store.isAway ? Promise.reject(new CallError('unavailable')) : users.generationOf(userId),
      endSession: (id) => {
        ended.push(id);
        return Promise.resolve();
      },
    });
    return { own, ended };
  };
  const greet = async ({ own }: ReturnType<typeof node>, userId: string, expiresAt = time.now + 600_000) => {
    const { client, connection, heard } = await connected({ metrics, log });
    const generation = (await users.generationOf(userId)) ?? '';
    connection.identity = { userId, deviceId: `${userId}-phone`, generation, expiresAt };
    await own.enter(connection);
    const closed = once(client, 'close').then(([code]: unknown[]) => code);
    return { connection, heard, closed };
  };
  return { users, time, store, node, greet };
}

async function connected({ metrics, log }: Pick<ReturnType<typeof worldOf>['options'], 'metrics' | 'log'>) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  undo.push(() => {
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const arrived = new Promise<Connection>((resolve) => {
    server.on('connection', (socket) => {
      const limits = { helloTimeoutMs: 60_000, badMessagesAllowed: 1, requestsInFlight: 64 };
      const counting = { ...metrics, connectionCut: () => undefined };
      const faults = new ConnectionFaults({ edge: 'socket', metrics: counting, log });
      const options = { socket, limits, metrics, log, faults, number: 1, mayWait: () => true };
      const rest = { admit: () => Promise.resolve(), handle: () => Promise.resolve({}), onClosed: () => undefined };
      resolve(new Connection({ ...options, ...rest }));
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
  return { client, heard, connection: await arrived };
}

test.each([
  ['erased', 'remove'],
  ['signed out', 'signOut'],
] as const)('a user who is %s loses sockets and sessions on every node, and nobody else does', async (_how, end) => {
  const { users, node, greet } = stage();
  for (const id of ['alice', 'bob']) await users.put({ id, name: id, isVerified: false });
  const nodes = [node(), node()] as const;
  for (const { own } of nodes) await own.look();
  const [one, other, bobs] = [
    await greet(nodes[0], 'alice'),
    await greet(nodes[1], 'bob'),
    await greet(nodes[1], 'bob'),
  ];
  const here = await greet(nodes[1], 'alice');
  here.connection.sessions.add(sessionId);
  await users[end]('alice');
  // The next one of that name.
  await users.put({ id: 'alice', name: 'Another', isVerified: false });
  for (const { own } of nodes) await own.look();
  expect([await one.closed, await here.closed]).toEqual([closeCodes.replaced, closeCodes.signed_out]);
  expect(nodes.map(({ ended }) => ended)).toEqual([[], [sessionId]]);
  expect(await other.closed).toBe(closeCodes.replaced);
  expect(bobs.connection.isOpen).toBe(true);
});

test('rights that could not be read while the store was away are read when it is back', async () => {
  const { users, store, node, greet } = stage();
  await users.put({ id: 'alice', name: 'alice', isVerified: false });
  const one = node();
  await one.own.look();
  const alice = await greet(one, 'alice');
  await users.signOut('alice');
  store.isAway = true;
  await one.own.look();
  expect(alice.connection.isOpen).toBe(true);
  store.isAway = false;
  await one.own.look();
  expect(await alice.closed).toBe(closeCodes.signed_out);
});

test('a socket is notified before its token expires, continues with a new one, and is closed after the grace without', async () => {
  const { users, time, node, greet } = stage();
  await users.put({ id: 'alice', name: 'alice', isVerified: false });
  const one = node();
  const expiresAt = time.now + 100_000;
  const alice = await greet(one, 'alice', expiresAt);
  time.now += 30_000;
  await one.own.look();
  expect(alice.heard).toEqual([]);
  // Half of what was left, spread over a quarter of that.
  time.now += 33_000;
  await one.own.look();
  await one.own.look();
  const notice = `{"jsonrpc":"2.0","method":"token.expiring","params":{"expiresAt":${expiresAt}}}`;
  await waitFor(
    'the notice, once',
    () => alice.heard.length === 1 && alice.heard[0]?.trim().startsWith(notice.slice(0, -1)),
  );
  const { identity } = alice.connection;
  if (identity === undefined) throw new Error('alice has said hello');
  alice.connection.identity = { ...identity, expiresAt: expiresAt + 100_000 };
  one.own.renewed(alice.connection);
  time.now = expiresAt + graceMs + 1;
  await one.own.look();
  expect(alice.connection.isOpen).toBe(true);
  alice.connection.sessions.add(sessionId);
  time.now += 100_000;
  await one.own.look();
  expect(await alice.closed).toBe(closeCodes.token_expired);
  expect(one.ended).toEqual([sessionId]);
});

test('while the store is away no token closes a socket; nothing new is allowed, and the grace begins when it is back', async () => {
  const { users, time, store, node, greet } = stage();
  await users.put({ id: 'alice', name: 'alice', isVerified: false });
  const one = node();
  const alice = await greet(one, 'alice', time.now + 10_000);
  store.isAway = true;
  time.now += 10_000 + graceMs;
  await one.own.look();
  await waitFor('the token to be over', () => alice.connection.tokenIsOver);
  await waitFor('the refusal to be noted', async () => {
    await one.own.look();
    return alice.heard.length >= 2;
  });
  expect(alice.connection.isOpen).toBe(true);
  store.isAway = false;
  time.now += graceMs;
  await one.own.look();
  expect(await alice.closed).toBe(closeCodes.token_expired);
});

test('a device is where it last said hello, on any node, even if the other was not notified', async () => {
  const { users, node, greet } = stage();
  await users.put({ id: 'alice', name: 'alice', isVerified: false });
  const [one, other] = [node(), node()];
  const first = await greet(one, 'alice');
  const second = await greet(other, 'alice');
  expect(await first.closed).toBe(closeCodes.replaced);
  const third = await greet(one, 'alice');
  expect(await second.closed).toBe(closeCodes.replaced);
  await one.own.compareAll();
  expect(third.connection.isOpen).toBe(true);
});

test('a notice comes a minute before expiry, or at half of the remaining time; simultaneous ones are spread', () => {
  expect(noticeAt(1_000_000, 0, () => 0)).toBe(940_000);
  expect(noticeAt(1_000_000, 0, () => 1)).toBe(955_000);
  expect(noticeAt(10_000, 0, () => 0)).toBe(5_000);
  expect(noticeAt(10_000, 20_000, () => 0)).toBe(10_000);
});
