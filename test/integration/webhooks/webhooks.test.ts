/** Webhooks from the built server to a real receiver. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import {
  deadLetterList,
  pingedWebhook,
  replayedLetters,
  webhookWithSecret,
} from '../../../src/protocol/http/webhooks.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import { WebhookReceiver, accept, fail, verify } from '../../support/webhookReceiver.ts';
import type { Received } from '../../support/webhookReceiver.ts';

let redis: TestRedis;
let cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  redis = await TestRedis.start({ persistent: true });
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});
afterAll(() => redis.stop());

let prefixes = 0;
const newPrefix = () => `hooks${(prefixes += 1)}`;

async function startServer(environment: Record<string, string> = {}, redisPrefix = newPrefix()) {
  const server = await startServerProcess({
    redisUrl: redis.url,
    redisPrefix,
    environment: { VEILCAST_MEDIA_WORKERS: '1', VEILCAST_WEBHOOK_WAITS_MS: '100,200,200,200', ...environment },
  });
  cleanUp.push(() => server.stop());
  return server;
}

async function startReceiver(port = 0): Promise<WebhookReceiver> {
  const receiver = await WebhookReceiver.start(port);
  cleanUp.push(() => receiver.stop().catch(() => undefined));
  return receiver;
}

const ask = (server: ServerProcess, method: string, path: string, body?: unknown) =>
  request(`${server.url}/v1/webhook-endpoints${path}`, { method, credential: server.apiKey, body });

async function register(server: ServerProcess, url: string) {
  const { status, body } = await ask(server, 'POST', '', { url });
  expect(status).toBe(201);
  return webhookWithSecret.parse(body);
}

const deadLettersOf = async (server: ServerProcess, id: string) =>
  deadLetterList.parse((await ask(server, 'GET', `/${id}/dead-letters`)).body).letters;

async function people(server: ServerProcess, ...names: string[]): Promise<Person[]> {
  const made: Person[] = [];
  for (const name of names) made.push(await Person.create(server, name));
  cleanUp.push(() => Promise.all(made.map((person) => person.close())));
  return made;
}

/** Rings, is answered, and ends: four facts and more. Answers how many. */
async function wholeCall(caller: Person, callee: Person): Promise<{ id: string; facts: number }> {
  const { call } = await caller.call([callee.name], 'audio');
  await callee.act(call.id, 'answer');
  await callee.act(call.id, 'leave');
  return { id: call.id, facts: 4 };
}

const seqs = (received: readonly Received[]) => received.map(({ seq }) => seq);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('the events of many simultaneous calls arrive once, in order, signed, and name whom to notify', async () => {
  const server = await startServer();
  const receiver = await startReceiver();
  const { secret, id } = await register(server, receiver.url);
  const [alice, bob, carol, dave] = await people(server, 'alice', 'bob', 'carol', 'dave');
  if (!alice || !bob || !carol || !dave) throw new Error('four people');
  const pairs = [
    [alice, bob],
    [bob, carol],
    [carol, dave],
    [dave, alice],
  ] as const;
  const calls: { id: string; facts: number }[] = [];
  for (let round = 0; round < 5; round += 1) {
    calls.push(...(await Promise.all(pairs.map(([caller, callee]) => wholeCall(caller, callee)))));
  }
  await waitFor('every call’s end', () => calls.every((one) => receiver.of(one.id).at(-1)?.type === 'call.ended'));
  for (const { id: callId, facts } of calls) expect(seqs(receiver.of(callId))).toEqual(upTo(facts));
  expect(receiver.overlapping).toEqual([]);
  expect(new Set(receiver.received.map((one) => one.id)).size).toBe(receiver.received.length);
  for (const one of receiver.received) verify(one, secret);
  const ofLanes = async () => (await redis.keys()).filter((key) => key.includes(id));
  await waitFor('no lane of a call that is over', async () => (await ofLanes()).length === 0);
  const [first] = receiver.of(calls[0]?.id ?? '');
  expect(JSON.parse(first?.body ?? '')).toEqual({
    type: 'call.ringing',
    timestamp: expect.any(String),
    data: { callId: calls[0]?.id, seq: 1, media: 'audio', userId: 'alice', callees: ['bob'] },
  });
  expect(receiver.received.map(({ body }) => body).join('')).not.toMatch(/device|127\.0\.0\.1/);
  expect(server.logs()).not.toContain('of-the-url');
  expect(JSON.stringify((await ask(server, 'GET', '')).body)).not.toContain('whsec_');
  expect((await ask(server, 'DELETE', `/${id}`)).status).toBe(204);
  expect((await ask(server, 'DELETE', `/${id}`)).body).toMatchObject({ code: 'webhook_not_found' });
}, 60_000);

/** How long a receiver is away. */
const outageMs = Number(process.env['OUTAGE_MS'] ?? 5_000);

test('a receiver that was down for a while gets everything afterwards, in order, once', async () => {
  const server = await startServer({
    VEILCAST_WEBHOOK_WAITS_MS: Array(outageMs / 50)
      .fill('200')
      .join(','),
  });
  const receiver = await startReceiver();
  const { secret } = await register(server, receiver.url);
  const [alice, bob] = await people(server, 'alice', 'bob');
  if (!alice || !bob) throw new Error('two people');
  const { port } = receiver;
  await receiver.stop();
  const calls = [await wholeCall(alice, bob), await wholeCall(bob, alice), await wholeCall(alice, bob)];
  await delay(outageMs);
  const metrics = () => fetch(`${server.adminUrl}/metrics`).then((answer) => answer.text());
  await waitFor('attempts', async () => /deliveries_total\{outcome="not_reached"\} [1-9]/.test(await metrics()));
  const back = await startReceiver(port);
  await waitFor('all of it', () => calls.every((one) => back.of(one.id).length === one.facts));
  for (const one of calls) expect(seqs(back.of(one.id))).toEqual(upTo(one.facts));
  for (const one of back.received) verify(one, secret);
}, 150_000);

test('a message that keeps failing becomes a dead letter, the next is delivered, and it can be replayed', async () => {
  const server = await startServer({ VEILCAST_WEBHOOK_WAITS_MS: '20,20' });
  const receiver = await startReceiver();
  const { id } = await register(server, receiver.url);
  const [alice, bob] = await people(server, 'alice', 'bob');
  if (!alice || !bob) throw new Error('two people');
  receiver.behave = (incoming, response) => {
    (String(incoming.headers['webhook-id']).endsWith('_4') ? accept : fail)(incoming, response);
  };
  const call = await wholeCall(alice, bob);
  await waitFor('the last', () => seqs(receiver.of(call.id)).includes(4));
  expect(seqs(receiver.received)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
  const letters = await deadLettersOf(server, id);
  expect(letters).toMatchObject(
    [1, 2, 3].map((seq) => ({ seq, callId: call.id, attempts: 3, failure: 'status', status: 500 })),
  );
  const first = deadLetterList.parse((await ask(server, 'GET', `/${id}/dead-letters?limit=2`)).body);
  const rest = deadLetterList.parse((await ask(server, 'GET', `/${id}/dead-letters?after=${first.next}`)).body);
  expect([first, rest].map((page) => page.letters.map(({ seq }) => seq))).toEqual([[1, 2], [3]]);
  expect(rest.next).toBeUndefined();

  receiver.behave = accept;
  expect((await ask(server, 'POST', `/${id}/dead-letters/${call.id}_2/replay`)).status).toBe(204);
  await waitFor('the second', () => seqs(receiver.of(call.id)).includes(2));
  expect((await ask(server, 'POST', `/${id}/dead-letters/${call.id}_2/replay`)).body).toMatchObject({
    code: 'dead_letter_not_found',
  });
  const all = await ask(server, 'POST', `/${id}/dead-letters/replay`);
  expect(replayedLetters.parse(all.body)).toEqual({ replayed: 2, more: false });
  await waitFor('all', () => receiver.of(call.id).length === 4);
  expect(seqs(receiver.of(call.id))).toEqual([4, 2, 1, 3]);
  expect(await deadLettersOf(server, id)).toEqual([]);
}, 60_000);

test('during a secret rotation both secrets sign, and afterwards only the new one', async () => {
  const server = await startServer({ VEILCAST_WEBHOOK_SECRET_OVERLAP_MS: '8000' });
  const receiver = await startReceiver();
  const before = await register(server, receiver.url);
  const after = webhookWithSecret.parse((await ask(server, 'POST', `/${before.id}/rotate-secret`)).body);
  expect(after.secret).not.toBe(before.secret);
  const ping = async () => {
    const { body } = await ask(server, 'POST', `/${before.id}/ping`);
    expect(pingedWebhook.parse(body)).toEqual({ accepted: true, status: 204 });
    const last = receiver.received.at(-1);
    if (last === undefined) throw new Error('nothing has come');
    return last;
  };
  const both = await ping();
  for (const secret of [before.secret, after.secret]) verify(both, secret);
  const alone = await waitFor('the end of the old secret', async () => {
    const one = await ping();
    return one.headers['webhook-signature']?.includes(' ') ? undefined : one;
  });
  verify(alone, after.secret);
  expect(() => {
    verify(alone, before.secret);
  }).toThrow('No matching signature');
}, 60_000);

test('redirects are not followed, and slow receivers and endless answers are cut off', async () => {
  const server = await startServer({ VEILCAST_WEBHOOK_TIMEOUT_MS: '500' });
  const receiver = await startReceiver();
  const elsewhere = await startReceiver();
  const { id } = await register(server, receiver.url);
  const ping = async () => pingedWebhook.parse((await ask(server, 'POST', `/${id}/ping`)).body);
  /** On a busy machine a quick answer may come too late. */
  const pingInTime = () =>
    waitFor('an answer in time', async () => {
      const outcome = await ping();
      return 'failure' in outcome && outcome.failure === 'too_slow' ? undefined : outcome;
    });
  receiver.behave = (_, response) => response.writeHead(307, { location: elsewhere.url }).end();
  expect(await pingInTime()).toEqual({ accepted: false, failure: 'redirect', status: 307 });
  expect(elsewhere.received).toEqual([]);
  receiver.behave = () => undefined;
  const began = performance.now();
  expect(await ping()).toEqual({ accepted: false, failure: 'too_slow' });
  // A receiver otherwise has ten seconds.
  expect(performance.now() - began).toBeLessThan(9_500);
  let written = 0;
  receiver.behave = (_, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000))) written += 10_000;
    };
    response.on('drain', more);
    more();
  };
  expect(await pingInTime()).toEqual({ accepted: true, status: 200 });
  expect(written).toBeLessThan(50_000_000);
}, 60_000);

test('nothing is sent to addresses of our own network, however they are written', async () => {
  const server = await startServer({ VEILCAST_WEBHOOK_ALLOW_PRIVATE: 'false' });
  const receiver = await startReceiver();
  const plain = await ask(server, 'POST', '', { url: receiver.url });
  expect([plain.status, plain.body]).toEqual([400, expect.objectContaining({ code: 'webhook_url_refused' })]);
  for (const host of ['localhost', '127.0.0.1', '[::ffff:127.0.0.1]', '0x7f.1']) {
    const { id } = await register(server, `https://${host}:${receiver.port}/`);
    const { body } = await ask(server, 'POST', `/${id}/ping`);
    expect([host, body]).toEqual([host, { accepted: false, failure: 'address_refused' }]);
  }
  expect(receiver.received).toEqual([]);
}, 60_000);

test('after kill -9 of the delivering process another continues, without loss or disorder', async () => {
  const prefix = newPrefix();
  const server = await startServer({ VEILCAST_LIFECYCLE_IN_PROCESS: 'false' }, prefix);
  const startWorkers = () =>
    startServerProcess({
      redisUrl: redis.url,
      redisPrefix: prefix,
      bundle: 'dist/workers.js',
      environment: { VEILCAST_WEBHOOK_WAITS_MS: '100,200', VEILCAST_WEBHOOK_TIMEOUT_MS: '2000' },
    });
  const receiver = await startReceiver();
  await register(server, receiver.url);
  const [alice, bob, carol, dave] = await people(server, 'alice', 'bob', 'carol', 'dave');
  if (!alice || !bob || !carol || !dave) throw new Error('four people');
  // Slow enough to be killed in the middle of deliveries.
  receiver.behave = (incoming, response) => {
    setTimeout(() => {
      accept(incoming, response);
    }, 40);
  };
  let workers = await Promise.all([startWorkers(), startWorkers()]);
  const calls: { id: string; facts: number }[] = [];
  for (let round = 0; round < 6; round += 1) {
    const before = receiver.accepted.length;
    calls.push(...(await Promise.all([wholeCall(alice, bob), wholeCall(carol, dave)])));
    await waitFor('deliveries under way', () => receiver.accepted.length > before);
    const [victim, other] = workers;
    await victim.kill();
    workers = [other, await startWorkers()];
  }
  await waitFor('all of it', () => calls.every((one) => new Set(seqs(receiver.of(one.id))).size === one.facts), {
    withinMs: 60_000,
  });
  for (const one of calls) {
    const came = seqs(receiver.of(one.id));
    // A message whose acceptance died with its deliverer comes again, at once and before any other.
    expect(came).toEqual([...came].sort((a, b) => a - b));
    expect([...new Set(came)]).toEqual(upTo(one.facts));
  }
  expect(z.array(z.unknown()).parse(await Promise.all(workers.map((one) => one.stop())))).toHaveLength(2);
}, 120_000);

test('a receiver that answers 410 gets nothing more until the app enables it', async () => {
  const server = await startServer();
  const receiver = await startReceiver();
  const { id } = await register(server, receiver.url);
  const [alice, bob] = await people(server, 'alice', 'bob');
  if (!alice || !bob) throw new Error('two people');
  receiver.behave = (_, response) => response.writeHead(410).end();
  await wholeCall(alice, bob);
  const shown = async () => JSON.stringify((await ask(server, 'GET', '')).body);
  await waitFor('the endpoint to be disabled', async () => (await shown()).includes('"reason":"gone"'));
  // What happened after that is not owed to it.
  const letters = await waitFor('a dead letter', async () => {
    const dead = await deadLettersOf(server, id);
    return dead.length > 0 ? dead : undefined;
  });
  expect(letters[0]).toMatchObject({ seq: 1, failure: 'status', status: 410 });
  expect((await ask(server, 'POST', `/${id}/ping`)).body).toMatchObject({ code: 'webhook_disabled' });
  receiver.behave = accept;
  await wholeCall(alice, bob);
  expect(receiver.accepted).toEqual([]);
  expect(receiver.received).toHaveLength(1);

  expect((await ask(server, 'POST', `/${id}/enable`)).status).toBe(200);
  const next = await wholeCall(alice, bob);
  await waitFor('what happens from now on', () => receiver.of(next.id).length === next.facts);
  expect(seqs(receiver.of(next.id))).toEqual(upTo(next.facts));
}, 60_000);

test('a receiver that sends Retry-After gets that time, and then everything in order', async () => {
  const server = await startServer();
  const receiver = await startReceiver();
  await register(server, receiver.url);
  const [alice, bob] = await people(server, 'alice', 'bob');
  if (!alice || !bob) throw new Error('two people');
  let refusedAt: number | undefined;
  receiver.behave = (request, response) => {
    if (refusedAt !== undefined) {
      accept(request, response);
      return;
    }
    refusedAt = Date.now();
    response.writeHead(429, { 'retry-after': '2' }).end();
  };
  const { id, facts } = await wholeCall(alice, bob);
  await waitFor('all of it', () => receiver.of(id).length === facts);
  expect(seqs(receiver.of(id))).toEqual(upTo(facts));
  // The waits between attempts are a tenth of what it asked for.
  expect((receiver.accepted[0]?.at ?? 0) - (refusedAt ?? Infinity)).toBeGreaterThanOrEqual(2_000);
}, 60_000);

test('a receiver that never answers delays no other', async () => {
  const server = await startServer({
    VEILCAST_WEBHOOK_TIMEOUT_MS: '600000',
    VEILCAST_WEBHOOK_SENDS_PER_ENDPOINT: '4',
  });
  const [healthy, silent] = [await startReceiver(), await startReceiver()];
  let held = 0;
  silent.behave = () => (held += 1);
  for (const { url } of [silent, healthy]) await register(server, url);
  const [alice, bob] = await people(server, 'alice', 'bob');
  if (!alice || !bob) throw new Error('two people');
  const calls: { id: string; facts: number }[] = [];
  for (let count = 0; count < 10; count += 1) calls.push(await wholeCall(alice, bob));
  await waitFor(
    'the healthy one to hear of every call',
    () => calls.every(({ id, facts }) => healthy.of(id).length === facts),
    { withinMs: 60_000 },
  );
  expect(held).toBeGreaterThan(0);
  // Its share of what is under way at once, a part of which is for calls that ring.
  expect(held).toBeLessThanOrEqual(4);
  expect(silent.received).toEqual([]);
}, 180_000);
