/** Broken and hostile input gets coded errors, and a call in progress continues. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import * as z from 'zod';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { SocketClient } from '../../support/socketClient.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;
let server: ServerProcess;
let alice: Person;
let bob: Person;
let eve: Person;
let callId: string;
let ticket: string;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({ redisUrl: redis.url });
  [alice, bob, eve] = [
    await Person.create(server, 'alice'),
    await Person.create(server, 'bob'),
    await Person.create(server, 'eve'),
  ];
  const created = await alice.call(['bob']);
  callId = created.call.id;
  ticket = created.ticket;
  await alice.join(ticket);
  await bob.join((await bob.socket.waitFor('call.incoming')).ticket);
  await bob.act(callId, 'answer');
});
afterAll(async () => {
  await Promise.all([alice, bob, eve].map((person) => person.close()));
  cleanUpParticipants();
  await server.stop();
  await redis.stop();
});

/** What every test here must leave as it was. */
async function theCallContinues(): Promise<void> {
  const before = [alice.packets, bob.packets];
  await waitFor('media at both', () => alice.packets > (before[0] ?? 0) + 20 && bob.packets > (before[1] ?? 0) + 20);
  expect((await alice.read(callId)).phase).toBe('active');
}

async function closeCodeOf(client: SocketClient): Promise<number> {
  return new Promise((resolve) => {
    client.socket.once('close', resolve);
  });
}

function mine(person: Person): SocketClient {
  return person.socket;
}

describe('over the socket', () => {
  test.each<[string, string]>([
    ['not JSON', 'malformed'],
    ['[1,2', 'malformed'],
    ['null', 'invalid_request'],
    ['[]', 'batch_refused'],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}]', 'batch_refused'],
    ['{"jsonrpc":"1.0","id":1,"method":"hello","params":{}}', 'invalid_request'],
    ['{"jsonrpc":"2.0","id":"one","method":"hello"}', 'invalid_request'],
    ['{"jsonrpc":"2.0","id":-1,"method":"hello","params":{}}', 'invalid_request'],
  ])('%s is refused as %s', async (frame, code) => {
    const client = await SocketClient.open(server.url);
    client.socket.send(frame);
    const [answer] = await waitFor('an error', () =>
      client.strayAnswers.length > 0 ? client.strayAnswers : undefined,
    );
    expect(answer).toMatchObject({ error: { data: { code } } });
    await client.close();
    await theCallContinues();
  });

  test('unknown methods, wrong types, prototype names, requests before hello', async () => {
    const socket = mine(eve);
    for (const method of ['fly', 'constructor', '__proto__', 'toString']) {
      expect(await socket.refusal(method, {})).toBe('unknown_method');
    }
    expect(await socket.refusal('join', { ticket: 7 })).toBe('invalid_request');
    expect(await socket.refusal('publish', { sessionId: 'ses_x', tracks: 'all' })).toBe('invalid_request');
    expect(await socket.refusal('hello', { token: eve.token, deviceId: eve.deviceId })).toBe('invalid_request');
    const stranger = await SocketClient.open(server.url);
    expect(await stranger.refusal('join', { ticket })).toBe('unauthenticated');
    expect(await stranger.refusal('hello', { token: 'nonsense', deviceId: 'device-of-nobody' })).toBe(
      'unauthenticated',
    );
    await stranger.close();
    await theCallContinues();
  });

  test('a message of 10 MB closes its socket as too large', async () => {
    const client = await SocketClient.open(server.url);
    const closed = closeCodeOf(client);
    client.socket.send('x'.repeat(10 * 1024 * 1024));
    expect(await closed).toBe(1009);
    await theCallContinues();
  });

  test('a thousand random frames: errors, then the socket is closed by a named code', async () => {
    const client = await SocketClient.open(server.url);
    const closed = closeCodeOf(client);
    for (let count = 0; count < 1000; count += 1) {
      const noise = randomBytes(1 + (randomBytes(1)[0] ?? 0));
      if (count % 2 === 0) client.socket.send(noise);
      else client.socket.send(noise.toString('latin1'));
    }
    expect([4003, 4004]).toContain(await closed);
    expect(client.strayAnswers.length).toBeGreaterThan(0);
    await theCallContinues();
  });

  test('text that is not UTF-8 closes its socket', async () => {
    const client = await SocketClient.open(server.url);
    const closed = closeCodeOf(client);
    client.socket.send(Buffer.from([0xff, 0xfe, 0xc0]), { binary: false });
    expect(await closed).toBe(1007);
    await theCallContinues();
  });

  test('a client that sends nothing is closed', async () => {
    const client = await SocketClient.open(server.url);
    expect(await closeCodeOf(client)).toBe(4001);
  });

  test('the second of two simultaneous hellos is refused', async () => {
    const client = await SocketClient.open(server.url);
    const both = [alice, bob].map(({ token, deviceId }) => client.try('hello', { token, deviceId: `${deviceId}-2` }));
    const [first, second] = await Promise.all(both);
    expect(first).toHaveProperty('result.userId', 'alice');
    expect(second).toHaveProperty('error.data.code');
    await client.close();
    await theCallContinues();
  });

  test('requests sent together take effect in the order they were sent', async () => {
    const client = await SocketClient.open(server.url);
    const [hello, ping] = await Promise.all([
      client.try('hello', { token: eve.token, deviceId: 'device-in-a-hurry' }),
      client.try('ping', {}),
    ]);
    expect(hello).toHaveProperty('result.userId', 'eve');
    expect(ping).toHaveProperty('result', {});
    await client.close();
    for (const last of [false, true, false]) {
      const all = [!last, last, !last, last].map((onHold) => mine(alice).try('hold', { callId, onHold }));
      for (const answer of await Promise.all(all)) expect(answer).toHaveProperty('result.id', callId);
      const { participants } = await alice.read(callId);
      expect(participants.find(({ userId }) => userId === 'alice')?.onHold ?? false).toBe(last);
    }
    await theCallContinues();
  });

  test('many sockets of one user may send no more than one', async () => {
    const loud = await Person.create(server, 'loud');
    const deviceIds = Array.from({ length: 10 }, (_, index) => `device-${index}-of-many`);
    const many = await Promise.all(
      deviceIds.map(async (deviceId) => {
        const client = await SocketClient.open(server.url);
        await client.ask('hello', { token: loud.token, deviceId });
        return client;
      }),
    );
    const answers = await Promise.all(
      many.flatMap((client) => Array.from({ length: 25 }, () => client.try('ping', {}).catch(() => undefined))),
    );
    const answered = answers.filter((answer) => answer !== undefined && 'result' in answer);
    // Twice the rate of a second in a burst, and once more should its two seconds end in between.
    expect(answered.length).toBeLessThanOrEqual(200);
    await Promise.all(many.map((client) => client.close()));
    await loud.close();
    await theCallContinues();
  });

  test('a user has a limited number of sockets', async () => {
    const frida = await Person.create(server, 'frida');
    const many = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const client = await SocketClient.open(server.url);
        return [
          client,
          await client.try('hello', { token: frida.token, deviceId: `device-${index}-of-frida` }),
        ] as const;
      }),
    );
    const refused = many.filter(([, answer]) => 'error' in answer && answer.error.data.code === 'too_many_sockets');
    expect(refused).toHaveLength(1);
    await Promise.all(many.map(([client]) => client.close()));
    await frida.close();
  });

  test('sessions of others cannot be used', async () => {
    const { sessionId } = alice;
    expect(await mine(eve).refusal('resume', { sessionId, callId })).toBe('session_not_found');
    expect(await mine(eve).refusal('leaveSession', { sessionId })).toBe('session_not_found');
    expect(await mine(bob).refusal('restartIce', { sessionId, direction: 'send' })).toBe('session_not_found');
    await theCallContinues();
  });
});

describe('tickets', () => {
  const join = (person: Person, given: string) =>
    mine(person).refusal('join', { ticket: given, rtpCapabilities: person.rtpCapabilities });

  async function forged(
    claims: Record<string, unknown>,
    secret = 'another-secret-of-thirty-two-letters',
  ): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('veilcast')
      .setAudience('veilcast:ticket')
      .setSubject('eve')
      .setExpirationTime('2m')
      .sign(new TextEncoder().encode(secret));
  }

  test('foreign, forged, unsigned, or of the wrong kind', async () => {
    expect(await join(eve, ticket)).toBe('ticket_invalid');
    expect(await join(eve, await forged({ callId, rights: ['watch', 'publish'] }))).toBe('ticket_invalid');
    const [head = '', body = ''] = ticket.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    expect(await join(alice, `${none}.${body}.`)).toBe('ticket_invalid');
    expect(await join(alice, `${head}.${body}.AAAA`)).toBe('ticket_invalid');
    expect(await join(eve, eve.token)).toBe('ticket_invalid');
    expect((await request(`${server.url}/v1/me/settings`, { credential: ticket })).status).toBe(401);
    await theCallContinues();
  });

  test('an expired ticket', async () => {
    const short = await startServerProcess({
      redisUrl: redis.url,
      redisPrefix: 'short',
      environment: { VEILCAST_TICKET_TTL_MS: '1000', VEILCAST_CLOCK_SKEW_MS: '0' },
    });
    const [carol, dan] = [await Person.create(short, 'carol'), await Person.create(short, 'dan')];
    const created = await carol.call(['dan']);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    expect(await join(carol, created.ticket)).toBe('ticket_expired');
    await Promise.all([carol, dan].map((person) => person.close()));
    await short.stop();
  });

  test('a ticket of another call admits to that call only', async () => {
    const other = await eve.call(['bob']);
    expect(await join(alice, other.ticket)).toBe('ticket_invalid');
    await eve.act(other.call.id, 'cancel');
    expect(await join(eve, other.ticket)).toBe('call_ended');
  });
});

describe('late and repeated', () => {
  const code = (body: unknown): unknown =>
    typeof body === 'object' && body !== null && 'code' in body ? body.code : body;

  test('a second answer, and one from another device', async () => {
    expect((await bob.act(callId, 'answer')).phase).toBe('active');
    const other = await bob.http(`/v1/calls/${callId}/answer`, { deviceId: 'another-device' });
    expect([other.status, code(other.body)]).toEqual([409, 'answered_elsewhere']);
    await theCallContinues();
  });

  test('an answer after the end', async () => {
    const { call } = await eve.call(['bob']);
    await eve.act(call.id, 'cancel');
    const late = await bob.http(`/v1/calls/${call.id}/answer`, { deviceId: bob.deviceId });
    expect([late.status, code(late.body)]).toEqual([410, 'call_ended']);
  });

  test('a stranger cannot tell that a call of others exists', async () => {
    for (const verb of ['answer', 'decline', 'cancel', 'leave', 'end']) {
      const answer = await eve.http(`/v1/calls/${callId}/${verb}`, { deviceId: eve.deviceId });
      expect([answer.status, code(answer.body)]).toEqual([404, 'call_not_found']);
    }
    await theCallContinues();
  });

  test('the same Idempotency-Key creates one call', async () => {
    const body = { callees: ['bob'], media: 'audio', deviceId: eve.deviceId };
    const headers = { 'idempotency-key': 'once-only' };
    const [first, second] = [await eve.http('/v1/calls', body, headers), await eve.http('/v1/calls', body, headers)];
    const made = z.object({ call: z.unknown(), ticket: z.string() });
    expect([first.status, second.status]).toEqual([201, 201]);
    // The ticket of a repeated request is a fresh one: it differs when a second has passed.
    expect(made.parse(second.body).call).toEqual(made.parse(first.body).call);
    const conflict = await eve.http('/v1/calls', { ...body, media: 'video' }, headers);
    expect([conflict.status, code(conflict.body)]).toEqual([409, 'idempotency_conflict']);
  });

  test('a caller has a limited number of simultaneous calls', async () => {
    const gina = await Person.create(server, 'gina');
    const body = { callees: ['bob'], media: 'audio', deviceId: gina.deviceId };
    const answers = [];
    for (let count = 0; count < 9; count += 1) answers.push(await gina.http('/v1/calls', body));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201, 201, 201, 429]);
    await gina.close();
  });

  test('calling is off until it is switched on', async () => {
    const frank = await Person.create(server, 'frank', { callingOn: false });
    const refused = await frank.http('/v1/calls', { callees: ['bob'], media: 'audio', deviceId: frank.deviceId });
    expect([refused.status, code(refused.body)]).toEqual([403, 'calling_off']);
    const toOff = await eve.http('/v1/calls', { callees: ['frank'], media: 'audio', deviceId: eve.deviceId });
    const toNobody = await eve.http('/v1/calls', { callees: ['nobody'], media: 'audio', deviceId: eve.deviceId });
    expect(toOff).toEqual(toNobody);
    expect(code(toOff.body)).toBe('not_callable');
    await frank.close();
  });
});

test.each([
  ['a page that took our address for its own name', 'evil.example', 403],
  ['our own page', 'localhost', 101],
])('%s gets a socket in development: %s → %i', async (_, host, status) => {
  const socket = connect(server.httpPort, '127.0.0.1');
  socket.on('error', () => undefined);
  const offer = [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
  ];
  socket.write([`GET /v1/connect HTTP/1.1`, `Host: ${host}`, ...offer, '', ''].join('\r\n'));
  const answer = await new Promise<string>((resolve) => {
    socket.once('data', (data) => {
      resolve(String(data));
    });
  });
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  socket.destroy();
});
