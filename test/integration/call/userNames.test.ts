/** Whole calls between users who are called as apps and attackers call them, over sockets and HTTP of the built server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { userExport } from '../../../src/protocol/http/http.ts';
import { callView } from '../../../src/protocol/shared/calls.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { hostileUserIds, refusedUserIds, usualUserIds } from '../../support/userIds.ts';
import { waitFor } from '../../support/waitFor.ts';
import { WebhookReceiver } from '../../support/webhookReceiver.ts';

const names: readonly string[] = [...usualUserIds, ...hostileUserIds];
const redisPrefix = 'names';
let redis: TestRedis;
let server: ServerProcess;
let receiver: WebhookReceiver;
const calls = new Map<string, readonly string[]>();
/** Credentials that clients of this server were given, and names of devices and keys: nothing tells them. */
const secrets = new Set<string>();
/** Logs may tell them. */
const ids = new Set<string>();

beforeAll(async () => {
  redis = await TestRedis.start();
  receiver = await WebhookReceiver.start();
  server = await startServerProcess({
    redisUrl: redis.url,
    redisPrefix,
    readyWithinMs: 180_000,
    environment: { VEILCAST_MEDIA_WORKERS: '1', VEILCAST_LOG_LEVEL: 'debug' },
  });
  const body = { url: receiver.url };
  await request(`${server.url}/v1/webhook-endpoints`, { method: 'POST', credential: server.apiKey, body });
}, 400_000);
afterAll(async () => {
  await server.stop();
  await receiver.stop();
  await redis.stop();
});

/** Each with the next one: some are made to be taken for a part of the name of another. */
const pairs = names.flatMap((name, index): readonly (readonly [string, string])[] => {
  const next = names[index + 1];
  return index % 2 === 0 && next !== undefined ? [[name, next]] : [];
});

test('users of every allowed name can call, answer, join, hold, leave, and find the call in their history', async () => {
  for (const [one, other] of pairs) {
    const [caller, callee] = [await Person.create(server, one), await Person.create(server, other)];
    const { call, ticket } = await caller.call([other], 'audio');
    calls.set(call.id, [one, other]);
    const rung = await callee.socket.waitFor('call.incoming');
    expect([call.caller, JSON.stringify(rung).includes(JSON.stringify(one))]).toEqual([one, true]);
    const callId = call.id;
    const answered = await callee.socket.ask('answer', { callId, key: 'key-of-the-answer' });
    expect(answered.participants.map(({ userId, state }) => [userId, state])).toEqual([
      [one, 'joined'],
      [other, 'joined'],
    ]);
    const { rtpCapabilities } = caller;
    if (rtpCapabilities === undefined) throw new Error('hello was not answered');
    const { sessionId } = await caller.socket.ask('join', { ticket, rtpCapabilities });
    expect(sessionId).toMatch(/^ses_/);
    for (const { token, deviceId } of [caller, callee]) for (const one of [token, deviceId]) secrets.add(one);
    for (const one of [ticket, rung.ticket, 'key-of-the-answer', server.apiKey]) secrets.add(one);
    for (const one of [sessionId, call.id]) ids.add(one);
    await callee.socket.ask('hold', { callId, onHold: true, key: 'hold' });
    const left = await callee.socket.ask('leave', { callId, key: `${callId}-leave` });
    // The answer was lost, say: the same request over the socket and over HTTP is the same one.
    const headers = { 'idempotency-key': `${callId}-leave` };
    const again = await callee.http(`/v1/calls/${callId}/leave`, { deviceId: callee.deviceId }, headers);
    expect([again.status, callView.parse(again.body)]).toEqual([200, left]);
    expect(await callee.socket.ask('leave', { callId, key: `${callId}-leave` })).toEqual(left);
    expect(await callee.socket.refusal('leave', { callId })).toBe('call_ended');
    const { events } = await caller.socket.ask('events', { callId, after: 0 });
    const told = events.map((event) => [event.type, 'userId' in event ? event.userId : undefined]);
    expect(told).toContainEqual(['call.held', other]);
    expect(told.filter(([type]) => type === 'call.left' || type === 'call.held')).toHaveLength(2);
    await waitFor('the call in their history', async () => {
      const { body } = await request(`${server.url}/v1/me/calls`, { credential: callee.token });
      return JSON.stringify(body).includes(JSON.stringify(one));
    });
    await Promise.all([caller.close(), callee.close()]);
  }
}, 300_000);

const logLine = z.record(z.string(), z.unknown());
const countsOf = new Set(['count', 'pid', 'port']);
/** Also what a figure or an empty value looks like. */
const plain = new Set(['0', 'null']);

/** As they are, and as they look within JSON, a URL, or a key. */
const formsOf = (text: string) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
const namesIn = (text: string) =>
  names.filter((name) => name.length > 8 && formsOf(name).some((form) => text.includes(form)));
const partsOf = (text: string, all: ReadonlySet<string>) => [...all].filter((one) => text.includes(one));

test('webhooks contain the names unchanged, metrics and logs none of them, and keys only ours', async () => {
  await waitFor(
    'every call to be told',
    () => receiver.received.filter(({ type }) => type === 'call.ended').length >= pairs.length,
    {
      withinMs: 60_000,
    },
  );
  const ringing = receiver.received.filter(({ type }) => type === 'call.ringing');
  const data = z.object({ data: z.object({ userId: z.string(), callees: z.array(z.string()) }) });
  for (const { callId, body } of ringing) {
    const { userId, callees } = data.parse(JSON.parse(body)).data;
    expect([userId, ...callees]).toEqual(calls.get(callId));
  }
  expect(ringing).toHaveLength(pairs.length);
  const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
  const logs = server.logs();
  expect(secrets.size).toBeGreaterThan(6 * pairs.length);
  for (const text of [metrics, logs]) expect([...namesIn(text), ...partsOf(text, secrets)]).toEqual([]);
  expect(partsOf(metrics, ids)).toEqual([]);
  // Short names may be parts of words: no label and no field consists of one.
  const labels = [...metrics.matchAll(/\w+="((?:[^"\\]|\\.)*)"/g)].map(([, value = '']) => value);
  const lines = logs.split('\n').filter((line) => line.startsWith('{'));
  const fields = lines.flatMap((line) => Object.entries(logLine.parse(JSON.parse(line))));
  const values = [...labels, ...fields.filter(([name]) => !countsOf.has(name)).map(([, value]) => value)];
  expect(values.length).toBeGreaterThan(100);
  expect(names.filter((name) => !plain.has(name) && values.includes(name))).toEqual([]);
  const client = await redis.look();
  const keys = await client.keys('*');
  client.destroy();
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((key) => !key.includes(redisPrefix))).toEqual([]);
}, 120_000);

test('names that are not allowed are refused everywhere and break nothing', async () => {
  const body = { name: 'Nobody' };
  for (const name of refusedUserIds) {
    const made = await request(`${server.url}/v1/users`, {
      method: 'POST',
      credential: server.apiKey,
      body: { users: [{ id: name, ...body }] },
    });
    expect([name, made.status]).toEqual([name, 400]);
  }
  const caller = await Person.create(server, 'alice');
  for (const name of refusedUserIds) {
    const call = { callees: [name], media: 'audio', deviceId: caller.deviceId };
    expect((await caller.http('/v1/calls', call)).status).toBe(400);
    const callId = 'call_0123456789012345678901';
    expect(await caller.socket.refusal('invite', { callId, userIds: [name] })).toBe('invalid_request');
  }
  await caller.close();
});

test('lists contain each of them once across pages, and an export names whom they talked with', async () => {
  const page = z.object({ users: z.array(z.object({ id: z.string() })), next: z.string().optional() });
  const listed: string[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const query = after === '' ? 'limit=7' : `limit=7&after=${after}`;
    const { body } = await request(`${server.url}/v1/users?${query}`, { credential: server.apiKey });
    const { users, next } = page.parse(body);
    listed.push(...users.map(({ id }) => id));
    after = next;
  }
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed).toEqual(expect.arrayContaining(pairs.flat()));
  for (const [one, other] of pairs) {
    const at = `${server.url}/v1/users/${encodeURIComponent(other)}/export`;
    const { status, body } = await request(at, { credential: server.apiKey });
    expect([other, status]).toEqual([other, 200]);
    const exported = userExport.parse(body);
    expect(exported.history.map(({ others }) => others)).toEqual([[one]]);
    expect(exported.relations.wrote_to).toContain(one);
  }
}, 120_000);

test('each is erased by name, and the next one stays', async () => {
  const paired = pairs.flat();
  for (const [index, name] of paired.entries()) {
    const at = (id: string) => `${server.url}/v1/users/${encodeURIComponent(id)}`;
    const gone = await request(at(name), { method: 'DELETE', credential: server.apiKey });
    expect([name, gone.status]).toEqual([name, 204]);
    expect((await request(at(name), { credential: server.apiKey })).status).toBe(404);
    const next = paired[index + 1];
    if (next !== undefined) expect((await request(at(next), { credential: server.apiKey })).status).toBe(200);
  }
}, 120_000);
