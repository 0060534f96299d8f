/** What every WebhookEndpoints, WebhookMailbox and DeadLetters must do. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryWebhookEndpoints, MemoryWebhookMailbox } from '../../src/adapters/memory/memoryWebhooks.ts';
import { RedisConnection } from '../../src/adapters/redis/connection.ts';
import { redisKeys } from '../../src/adapters/redis/keys.ts';
import { RedisDeadLetters } from '../../src/adapters/redis/redisDeadLetters.ts';
import { RedisWebhookEndpoints } from '../../src/adapters/redis/redisWebhookEndpoints.ts';
import { RedisWebhookMailbox } from '../../src/adapters/redis/redisWebhookMailbox.ts';
import type { CallId, WebhookEndpointId } from '../../src/call/ids.ts';
import type { DeadLetter, WebhookMessage } from '../../src/call/webhook.ts';
import type { DeadLetters, Lane, WebhookEndpoints, WebhookMailbox } from '../../src/ports/webhooks.ts';
import { randomPrefix, randomTail, startTestRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { waitFor } from '../support/waitFor.ts';

let redis: TestRedis;
let connection: RedisConnection;
const prefix = randomPrefix();
const keys = redisKeys(prefix);
const clock = { now: () => Date.now() };
beforeAll(async () => {
  redis = await startTestRedis();
  connection = await RedisConnection.create({ url: redis.url });
});
afterAll(async () => {
  await connection.close();
  await redis.stop();
});

const newEndpointId = (): WebhookEndpointId => `hook_${randomTail()}`;
const newLane = (endpointId = newEndpointId()): Lane => ({ endpointId, callId: `call_${randomTail()}` });
const message = (callId: CallId, seq: number, type: WebhookMessage['type'] = 'call.connected'): WebhookMessage => ({
  ...{ id: `${callId}_${seq}`, callId, seq, type },
  body: JSON.stringify({ of: seq, empty: [], text: '“é”' }),
});
const letter = (dead: WebhookMessage): DeadLetter => ({
  ...{ message: dead, attempts: 3, failure: 'status', status: 500, diedAt: Date.now() },
});

function endpointsContract(make: () => WebhookEndpoints): void {
  const endpoint = (createdAt: number) => ({
    ...{ id: newEndpointId(), url: 'https://app.example/hooks', createdAt, secrets: [{ secret: 'whsec_AAAA' }] },
  });

  test('are kept as they are made, up to as many as may be, until they are removed', async () => {
    const endpoints = make();
    const [old, young, third] = [endpoint(1), endpoint(2), endpoint(3)];
    expect(await Promise.all([old, young].map((one) => endpoints.add(one, 2)))).toEqual(['added', 'added']);
    expect(await endpoints.add(third, 2)).toBe('full');
    expect(await endpoints.list()).toEqual([old, young]);
    expect([await endpoints.get(young.id), await endpoints.get(third.id)]).toEqual([young, undefined]);
    expect([await endpoints.remove(old.id), await endpoints.remove(old.id)]).toEqual([true, false]);
    await endpoints.remove(young.id);
    expect(await endpoints.list()).toEqual([]);
  });

  test('are replaced over what was read, and over nothing else', async () => {
    const endpoints = make();
    const before = endpoint(1);
    await endpoints.add(before, 16);
    const after = { ...before, secrets: [{ secret: 'whsec_BBBB' }, { secret: 'whsec_AAAA', signsUntil: 5 }] };
    const answers = await Promise.all([endpoints.replace(before, after), endpoints.replace(before, after)]);
    expect(answers).toEqual(['saved', 'stale']);
    expect(await endpoints.get(before.id)).toEqual(after);
    await endpoints.remove(before.id);
    expect(await endpoints.replace(after, before)).toBe('stale');
    expect(await endpoints.list()).toEqual([]);
  });
}

function mailboxContract(make: () => { mailbox: WebhookMailbox; dead: DeadLetters }): void {
  const now = 1_000;
  const none = { seq: 0, attempt: 0 };
  const by = (holder: string, woken = none, at = now) => ({ holder, woken, now: at });

  test('a lane is unknown until it is begun, and hands out from there in order, whatever comes twice or late', async () => {
    const { mailbox } = make();
    const lane = newLane();
    const [one, two, three] = [1, 2, 3].map((seq) => message(lane.callId, seq));
    if (!one || !two || !three) throw new Error('three');
    expect(await mailbox.append(lane, [two])).toBe('unknown');
    expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'nothing' });
    expect(await mailbox.append(lane, [two])).toBe('unknown');
    expect(await mailbox.append(lane, [three], 0)).toBe('nothing');
    expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'nothing' });
    expect(await mailbox.append(lane, [one], 5)).toEqual({ seq: 1, attempt: 0, dueAt: 0 });
    expect(await mailbox.append(lane, [one, one])).toEqual({ seq: 1, attempt: 0, dueAt: 0 });
    expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'message', message: one, attempt: 0 });
    await mailbox.accepted(lane, one);
    await mailbox.accepted(lane, one);
    expect(await mailbox.append(lane, [one])).toBe('nothing');
    expect(await mailbox.append(lane, [two])).toMatchObject({ seq: 2 });
    expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: two });
    await mailbox.accepted(lane, two);
    expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: three });
    await mailbox.accepted(lane, three);
    expect(await mailbox.append(lane, [one, two, three])).toBe('nothing');
    await mailbox.drop(lane);
    expect(await mailbox.append(lane, [one])).toBe('unknown');
  });

  test('a new lane may begin in the middle of a call', async () => {
    const { mailbox } = make();
    const lane = newLane();
    expect(await mailbox.append(lane, [message(lane.callId, 7)], 6)).toMatchObject({ seq: 7 });
    expect(await mailbox.append(lane, [message(lane.callId, 6)])).toMatchObject({ seq: 7 });
  });

  test('one at a time holds a lane, until nothing is next, or it lets go', async () => {
    const { mailbox } = make();
    const lane = newLane();
    const [one, two] = [message(lane.callId, 1), message(lane.callId, 2)];
    await mailbox.append(lane, [one, two], 0);
    expect(await mailbox.take(lane, by('a'))).toMatchObject({ state: 'message' });
    expect(await mailbox.take(lane, by('b'))).toEqual({ state: 'busy' });
    // The job of a process that died.
    expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: one });
    expect(await mailbox.release(lane, 'b')).toMatchObject({ seq: 1 });
    expect(await mailbox.take(lane, by('b'))).toEqual({ state: 'busy' });
    expect(await mailbox.release(lane, 'a')).toMatchObject({ seq: 1 });
    expect(await mailbox.take(lane, by('b'))).toMatchObject({ message: one });
    await mailbox.accepted(lane, one);
    expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'busy' });
    expect(await mailbox.take(lane, by('b'))).toMatchObject({ message: two });
    await mailbox.accepted(lane, two);
    expect(await mailbox.take(lane, by('b'))).toEqual({ state: 'nothing' });
    await mailbox.append(lane, [message(lane.callId, 3)]);
    expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: { seq: 3 } });
    expect(await mailbox.failed(lane, { holder: 'b', seq: 3, attempt: 1, dueAt: 2_000 })).toBe('nothing');
    expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: { seq: 3 }, attempt: 0 });
  });

  test('a failed message waits, unless its own job has come; the others wait behind it', async () => {
    const { mailbox } = make();
    const lane = newLane();
    const [one, two] = [message(lane.callId, 1), message(lane.callId, 2)];
    await mailbox.append(lane, [one], 0);
    await mailbox.take(lane, by('a'));
    const due = { seq: 1, attempt: 1, dueAt: now + 500 };
    expect(await mailbox.failed(lane, { holder: 'a', ...due })).toEqual(due);
    expect(await mailbox.append(lane, [two])).toEqual(due);
    expect(await mailbox.take(lane, by('b'))).toEqual({ state: 'later', due });
    expect(await mailbox.take(lane, by('c', due))).toEqual({ state: 'message', message: one, attempt: 1 });
    await mailbox.release(lane, 'c');
    expect(await mailbox.take(lane, by('b', none, now + 500))).toMatchObject({ message: one, attempt: 1 });
    await mailbox.accepted(lane, one);
    expect(await mailbox.take(lane, by('b'))).toEqual({ state: 'message', message: two, attempt: 0 });
  });

  test('what is given up makes way, is listed by page, and goes back before what is newer', async () => {
    const { mailbox, dead } = make();
    const lane = newLane();
    const other = newLane(lane.endpointId);
    const messages = [1, 2, 3, 4].map((seq) => message(lane.callId, seq));
    await mailbox.append(lane, messages, 0);
    for (const one of messages.slice(0, 3)) {
      expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: one });
      await mailbox.bury(lane, letter(one));
      await mailbox.bury(lane, letter(one));
    }
    const page = await dead.list(lane.endpointId, { after: 0, max: 2 });
    const rest = await dead.list(lane.endpointId, { after: page.next ?? 0, max: 2 });
    expect([page, rest].map(({ letters }) => letters.map((one) => one.message))).toEqual([
      messages.slice(0, 2),
      [messages[2]],
    ]);
    expect(rest.next).toBeUndefined();
    const ids = messages.map(({ id }) => id);
    expect(await dead.get(lane.endpointId, ids[1] ?? '')).toMatchObject({ failure: 'status', message: messages[1] });
    expect(await dead.revive(other, ids)).toBe(0);
    expect(await dead.revive(lane, ids.slice(1, 3).reverse())).toBe(2);
    expect(await dead.revive(lane, ids.slice(1))).toBe(0);
    for (const one of messages.slice(1)) {
      expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'message', message: one, attempt: 0 });
      await mailbox.accepted(lane, one);
    }
    expect(await mailbox.append(lane, messages)).toBe('nothing');
    await dead.forget(lane.endpointId);
    expect((await dead.list(lane.endpointId, { after: 0, max: 10 })).letters).toEqual([]);
  });

  test('what is accepted while something older was put back is done with all the same', async () => {
    const { mailbox, dead } = make();
    const lane = newLane();
    const [one, two] = [message(lane.callId, 1), message(lane.callId, 2)];
    await mailbox.append(lane, [one, two], 0);
    await mailbox.take(lane, by('a'));
    await mailbox.bury(lane, letter(one));
    await mailbox.take(lane, by('a'));
    expect(await dead.revive(lane, [one.id])).toBe(1);
    await mailbox.accepted(lane, two);
    expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: one });
    await mailbox.accepted(lane, one);
    expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'nothing' });
    expect(await mailbox.append(lane, [message(lane.callId, 3)])).toMatchObject({ seq: 3 });
  });
}

describe('webhook endpoints in memory', () => {
  endpointsContract(() => new MemoryWebhookEndpoints());
});
describe('webhook endpoints in Redis', () => {
  endpointsContract(() => new RedisWebhookEndpoints({ connection, keys }));
});
describe('the mailbox in memory', () => {
  mailboxContract(() => {
    const mailbox = new MemoryWebhookMailbox();
    return { mailbox, dead: mailbox };
  });
});
describe('the mailbox in Redis', () => {
  const made = (retentionMs: number, holdMs = 5_000) => ({
    mailbox: new RedisWebhookMailbox({ connection, keys, retentionMs, holdMs }),
    dead: new RedisDeadLetters({ connection, keys, retentionMs, clock }),
  });
  mailboxContract(() => made(60_000));

  test('a lane whose holder is gone for good is free after a while', async () => {
    const { mailbox } = made(60_000, 50);
    const lane = newLane();
    await mailbox.append(lane, [message(lane.callId, 1)], 0);
    await mailbox.take(lane, { holder: 'gone', woken: { seq: 1, attempt: 0 }, now: 0 });
    await waitFor('the lane', async () => {
      const taken = await mailbox.take(lane, { holder: 'next', woken: { seq: 1, attempt: 0 }, now: 0 });
      return taken.state === 'message';
    });
  });

  test('everything is forgotten after its time, and after a call’s end what it leaves behind sooner', async () => {
    const { mailbox, dead } = made(200);
    const lane = newLane();
    const messages = [message(lane.callId, 1), message(lane.callId, 2)];
    await mailbox.append(lane, messages, 0);
    await mailbox.bury(lane, letter(message(lane.callId, 1)));
    expect((await dead.list(lane.endpointId, { after: 0, max: 9 })).letters).toHaveLength(1);
    const left = async () => (await redis.keys()).filter((key) => key.includes(lane.endpointId));
    expect(await left()).toHaveLength(4);
    await waitFor('nothing to be left', async () => (await left()).length === 0);

    const days = made(86_400_000);
    const over = message(lane.callId, 1, 'call.ended');
    await days.mailbox.append(lane, [over], 0);
    await days.mailbox.accepted(lane, over);
    const ttl = await connection.run((client) => client.pTTL(keys.webhookLane(lane).state));
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(3_600_000);
  });
});
