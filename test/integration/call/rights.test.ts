/** Rights that end, on two real nodes over one Redis: open sockets and sessions end with them, on whichever node they are. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Addresses } from '../../../src/client/connection/addresses.ts';
import { Credential } from '../../../src/client/connection/credential.ts';
import { Signalling } from '../../../src/client/connection/signalling.ts';
import { closeCodes } from '../../../src/protocol/socket/closeCodes.ts';
import { issuedTicket, userToken } from '../../../src/protocol/http/http.ts';
import { ignoredNotifications } from '../../support/ignoredNotifications.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { SocketClient } from '../../support/socketClient.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;
/** Tokens of the second one are short. */
let nodes: readonly [ServerProcess, ServerProcess];
let open: { close(): unknown }[] = [];

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = (environment = {}) =>
    startServerProcess({
      redisUrl: redis.url,
      readyWithinMs: 180_000,
      environment: { VEILCAST_MEDIA_WORKERS: '1', VEILCAST_TOKEN_GRACE_MS: '4000', ...environment },
    });
  nodes = [await start(), await start({ VEILCAST_USER_TOKEN_TTL_MS: '4000' })];
}, 400_000);
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});
afterAll(async () => {
  cleanUpParticipants();
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
});

async function at(node: ServerProcess, name: string): Promise<Person> {
  const person = await Person.create(node, name);
  open.push(person);
  return person;
}
/** Another device of the same user. */
async function alsoAt(node: ServerProcess, { token, deviceId }: { token: string; deviceId: string }) {
  const socket = await SocketClient.open(node.url);
  open.push(socket);
  await socket.ask('hello', { token, deviceId });
  return socket;
}
const closeOf = ({ socket }: SocketClient) => once(socket, 'close').then(([code]: unknown[]) => code);
const user = (name: string, rest = '', method = 'POST') =>
  request(`${nodes[0].url}/v1/users/${name}${rest}`, { method, credential: nodes[0].apiKey });

test('an erased user gets nothing more on any node, and nothing meant for a later user of that name', async () => {
  const [alice, bob] = [await at(nodes[0], 'alice'), await at(nodes[0], 'bob')];
  const tablet = await alsoAt(nodes[1], { token: alice.token, deviceId: 'tablet-12345' });
  const began = performance.now();
  const closed = Promise.all([alice.socket, tablet].map(closeOf));
  void closed.then(() => {
    console.log('sockets of an erased user closed after (ms):', Math.round(performance.now() - began));
  });
  await user('alice', '', 'DELETE');
  const next = await at(nodes[0], 'alice');
  await bob.call(['alice'], 'audio');
  await next.socket.waitFor('call.incoming');
  expect(await closed).toEqual([closeCodes.signed_out, closeCodes.signed_out]);
  for (const socket of [alice.socket, tablet]) expect(socket.heard).toEqual([]);
});

test('a signed-out user leaves the call, on any node, and may come back with a new token', async () => {
  const [carol, dan] = [await at(nodes[0], 'carol'), await at(nodes[0], 'dan')];
  await dan.reconnect(nodes[1]);
  const { call, ticket } = await carol.call(['dan']);
  await carol.join(ticket);
  await dan.join((await dan.socket.waitFor('call.incoming')).ticket);
  await dan.act(call.id, 'answer');
  await waitFor('media', () => carol.packets > 20 && dan.packets > 20);
  const closed = closeOf(carol.socket);
  expect((await user('carol', '/sign-out')).status).toBe(204);
  const { call: over } = await dan.socket.waitFor('call.changed', (change) => change.call.phase === 'ended');
  expect(over.reason).toBe('hangup');
  expect(await closed).toBe(closeCodes.signed_out);
  const late = await SocketClient.open(nodes[1].url);
  open.push(late);
  expect(await late.refusal('hello', { token: carol.token, deviceId: 'tablet-12345' })).toBe('unauthenticated');
  const fresh = userToken.parse((await user('carol', '/tokens')).body);
  expect(await late.ask('hello', { token: fresh.token, deviceId: 'tablet-12345' })).toMatchObject({ userId: 'carol' });
  expect((await user('nobody', '/sign-out')).status).toBe(404);
});

test('a device that says hello on another node is there, and its older connection is closed', async () => {
  const erin = await at(nodes[0], 'erin');
  let [before, closed] = [erin.socket, closeOf(erin.socket)];
  for (const node of [nodes[1], nodes[0], nodes[1]]) {
    const now = await alsoAt(node, erin);
    expect(await closed).toBe(closeCodes.replaced);
    expect(before.isOpen).toBe(false);
    [before, closed] = [now, closeOf(now)];
  }
  expect(before.isOpen).toBe(true);
});

test('a token that is not renewed closes its socket after the grace', async () => {
  const frank = await at(nodes[1], 'frank');
  await frank.socket.waitFor('token.expiring');
  const fresh = userToken.parse((await user('frank', '/tokens')).body);
  expect(await frank.socket.ask('renew', { token: fresh.token })).toEqual({ expiresAt: fresh.expiresAt });
  const other = await at(nodes[1], 'grace');
  expect(await frank.socket.refusal('renew', { token: other.token })).toBe('not_allowed');
  expect(await closeOf(other.socket)).toBe(closeCodes.token_expired);
  expect(frank.socket.isOpen).toBe(true);
});

/** A call of two with sound and picture, and one who watches it through the other node. */
async function watched(host: string, guest: string, viewer: string) {
  const [ann, ben, vera] = [await at(nodes[0], host), await at(nodes[0], guest), await at(nodes[0], viewer)];
  await vera.reconnect(nodes[1]);
  const { call, ticket } = await ann.call([guest]);
  await ann.join(ticket);
  await ben.join((await ben.socket.waitFor('call.incoming')).ticket);
  await ben.act(call.id, 'answer');
  const watching = `/v1/calls/${call.id}/viewers`;
  const asApp = (path: string, method = 'GET', body?: unknown) =>
    request(`${nodes[0].url}${path}`, { method, credential: nodes[0].apiKey, ...(body === undefined ? {} : { body }) });
  const ticketFor = async (ttlMs?: number) =>
    issuedTicket.parse((await asApp(`/v1/calls/${call.id}/tickets`, 'POST', { userId: viewer, ttlMs })).body);
  const watches = async (one: string) => {
    await vera.join(one, { publishing: false });
    await waitFor('the viewer to receive', () => vera.packets > 10);
  };
  /** Once what was under way has come: a call that flows on brings some eighty a second. */
  const noMorePackets = () =>
    waitFor('the packets to stop', async () => {
      const { packets } = vera;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return vera.packets === packets;
    });
  const over = async (why: string) => {
    const { sessionId } = vera;
    await vera.socket.waitFor('session.closed', (closed) => closed.sessionId === sessionId && closed.why === why);
    await noMorePackets();
  };
  return { call, ann, ben, vera, watching, asApp, ticketFor, watches, over, noMorePackets };
}

test('viewers are listed for the app only, removed by the app and the host, and lose their tickets', async () => {
  const { call, ann, ben, vera, watching, asApp, ticketFor, watches, over } = await watched('ivan', 'judy', 'vera');
  const first = await ticketFor();
  await watches(first.ticket);
  expect((await asApp(watching)).body).toEqual({ viewers: [{ userId: 'vera', devices: 1 }] });
  expect((await request(`${nodes[0].url}${watching}`, { credential: ann.token })).status).toBe(403);
  // One ticket is for one device at a time.
  const other = await SocketClient.open(nodes[0].url);
  open.push(other);
  const { routerRtpCapabilities } = await other.ask('hello', { token: vera.token, deviceId: 'second-device' });
  const asks = { ticket: first.ticket, rtpCapabilities: routerRtpCapabilities };
  expect(await other.refusal('join', asks)).toBe('ticket_in_use');

  expect((await asApp(`/v1/calls/${call.id}/tickets/${first.ticketId}`, 'DELETE')).status).toBe(204);
  await over('removed');
  expect(await other.refusal('join', asks)).toBe('ticket_invalid');

  const remove = (by: string, who: string) =>
    request(`${nodes[1].url}${watching}/${who}`, { method: 'DELETE', credential: by });
  const second = await ticketFor();
  await watches(second.ticket);
  expect((await remove(ben.token, 'vera')).status).toBe(403);
  expect((await remove(ann.token, 'vera')).status).toBe(204);
  await over('removed');
  await expect(vera.join(second.ticket, { publishing: false })).rejects.toThrow('ticket_invalid');
  // The host is answered the same for somebody who never watched.
  expect((await remove(ann.token, 'dan')).status).toBe(204);

  await watches((await ticketFor()).ticket);
  expect((await remove(nodes[0].apiKey, 'vera')).status).toBe(204);
  await over('removed');
  expect((await asApp(watching)).body).toEqual({ viewers: [] });
  for (const { socket } of [ann, ben]) expect(socket.frames.join()).not.toContain('vera');
});

test('a viewer’s session ends with its ticket, with a block, and with its user', async () => {
  const { call, ann, vera, asApp, ticketFor, watches, over, noMorePackets } = await watched('karl', 'lena', 'wanda');
  await watches((await ticketFor(6_000)).ticket);
  const { sessionId } = vera;
  if (sessionId === undefined) throw new Error('the viewer has no session');
  await vera.socket.waitFor('ticket.expiring', (one) => one.sessionId === sessionId);
  const next = await ticketFor(5_000);
  expect(await vera.socket.ask('renewTicket', { sessionId, ticket: next.ticket })).toEqual({
    expiresAt: next.expiresAt,
  });
  await over('ticket_expired');
  expect(Date.now()).toBeGreaterThanOrEqual(next.expiresAt);

  const third = await ticketFor();
  await watches(third.ticket);
  await asApp('/v1/users/karl/relations/blocks/wanda', 'PUT');
  await over('removed');
  await expect(vera.join((await ticketFor()).ticket, { publishing: false })).rejects.toThrow('ticket_invalid');
  await asApp('/v1/users/karl/relations/blocks/wanda', 'DELETE');

  await watches((await ticketFor()).ticket);
  const closed = closeOf(vera.socket);
  await asApp('/v1/users/wanda', 'DELETE');
  expect(await closed).toBe(closeCodes.signed_out);
  await noMorePackets();
  await ann.act(call.id, 'end');
});

test('the SDK keeps renewing its token on the same socket', async () => {
  await at(nodes[0], 'heidi');
  const asked: boolean[] = [];
  const states: string[] = [];
  const signalling: Signalling = new Signalling({
    addresses: new Addresses(nodes[0].url),
    deviceId: 'browser-12345',
    credential: new Credential(async ({ refused }) => {
      asked.push(refused);
      const { body } = await request(`${nodes[1].url}/v1/users/heidi/tokens`, {
        method: 'POST',
        credential: nodes[1].apiKey,
      });
      return userToken.parse(body).token;
    }),
    notified: { ...ignoredNotifications, 'token.expiring': () => void signalling.renewToken() },
    openWebSocket: (url) => new WebSocket(url),
  });
  open.push(signalling);
  signalling.on('state', (state) => states.push(state));
  await signalling.connect();
  await waitFor('three renewals', () => asked.length >= 4, { withinMs: 55_000 });
  expect(asked.slice(0, 4)).toEqual([false, true, true, true]);
  expect(states).toEqual(['connected']);
});
