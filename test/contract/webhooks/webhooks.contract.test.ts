/** What every WebhookEndpoints, WebhookMailbox, EndpointLanes and DeadLetters must do. */
import { describe, expect, test } from '@jest/globals';
import { MemoryWebhookEndpoints, MemoryWebhookMailbox } from '../../../src/adapters/memory/memoryWebhooks.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisDeadLetters } from '../../../src/adapters/redis/webhooks/redisDeadLetters.ts';
import { RedisWebhookEndpoints } from '../../../src/adapters/redis/webhooks/redisWebhookEndpoints.ts';
import { RedisWebhookMailbox } from '../../../src/adapters/redis/webhooks/redisWebhookMailbox.ts';
import type { CallId, WebhookEndpointId } from '../../../src/domain/kernel/ids.ts';
import type { DeadLetter, WebhookMessage } from '../../../src/domain/webhooks/webhook.ts';
import type {
  DeadLetters,
  EndpointLanes,
  Lane,
  WebhookEndpoints,
  WebhookMailbox,
} from '../../../src/ports/webhooks/webhooks.ts';
import { randomPrefix, randomTail } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';
import { useRedis } from '../../support/redis/useRedis.ts';

const redis = useRedis();
const prefix = randomPrefix();
const keys = redisKeys(prefix);
const clock = { now: () => Date.now() };
const unreadable: string[] = [];
const onUnreadable = (what: string) => unreadable.push(what);

const newEndpointId = (): WebhookEndpointId => `hook_${randomTail()}`;
const newLane = (endpointId = newEndpointId()): Lane => ({ endpointId, callId: `call_${randomTail()}` });
const message = (callId: CallId, seq: number, type: WebhookMessage['type'] = 'call.connected'): WebhookMessage => ({
  id: `${callId}_${seq}`,
  callId,
  seq,
  type,
  body: JSON.stringify({ of: seq, empty: [], text: '“é”' }),
});
const letter = (dead: WebhookMessage): DeadLetter => ({
  message: dead,
  attempts: 3,
  failure: 'status',
  status: 500,
  diedAt: Date.now(),
});

/** As the store has it, as long as the call is readable. */
async function knownCall(callId: CallId): Promise<void> {
  await redis.connection.run((client) => client.hSet(keys.call(callId), 'version', '1'));
}

function endpointsContract(make: () => WebhookEndpoints): void {
  const endpoint = (createdAt: number) => ({
    id: newEndpointId(),
    url: 'https://app.example/hooks',
    createdAt,
    secrets: [{ secret: 'whsec_AAAA' }],
  });

  test('are stored as created, up to the limit, until they are removed', async () => {
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

  test('are replaced only over the value that was read', async () => {
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

function mailboxContract(
  make: () => { mailbox: WebhookMailbox & EndpointLanes; dead: DeadLetters },
  now: number,
): void {
  const none = { seq: 0, attempt: 0 };
  const by = (holder: string, woken = none, at = now) => ({ holder, woken, now: at });

  test('a lane is unknown until it begins, and delivers in order from there, despite repeated or late messages', async () => {
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

  test('only one holder at a time has a lane, until nothing is next or it releases it', async () => {
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

  test('a failed message waits unless its own job has come, and the others wait behind it', async () => {
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

  test('a dead letter makes way, is listed in pages, and is replayed before newer messages', async () => {
    const { mailbox, dead } = make();
    const lane = newLane();
    const other = newLane(lane.endpointId);
    const messages = [1, 2, 3, 4].map((seq) => message(lane.callId, seq));
    await mailbox.append(lane, messages, 0);
    for (const one of messages.slice(0, 3)) {
      expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: one });
      await mailbox.moveToDeadLetters(lane, letter(one));
      await mailbox.moveToDeadLetters(lane, letter(one));
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

  test('the holder continues with the next message in the same step, unless it must not or has lost the lane', async () => {
    const { mailbox } = make();
    const lane = newLane();
    const [one, two, three] = [1, 2, 3].map((seq) => message(lane.callId, seq));
    if (!one || !two || !three) throw new Error('three');
    await mailbox.append(lane, [one, two, three], 0);
    await mailbox.take(lane, by('a'));
    const next = { holder: 'a', continues: true, now };
    expect(await mailbox.accepted(lane, one, next)).toEqual({ state: 'message', message: two, attempt: 0 });
    expect(await mailbox.take(lane, by('b'))).toEqual({ state: 'busy' });
    expect(await mailbox.accepted(lane, two, { ...next, continues: false })).toMatchObject({
      state: 'later',
      due: { seq: 3 },
    });
    expect(await mailbox.take(lane, by('b'))).toMatchObject({ state: 'message', message: three });
    expect(await mailbox.accepted(lane, two, next)).toEqual({ state: 'busy' });
    await mailbox.moveToDeadLetters(lane, letter(three), 'a');
    expect(await mailbox.accepted(lane, three, { ...next, holder: 'b' })).toEqual({ state: 'nothing' });
    expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'nothing' });
    expect(await mailbox.append(lane, [message(lane.callId, 4)])).toMatchObject({ seq: 4 });
  });

  const ended = (callId: CallId, seq: number) => message(callId, seq, 'call.ended');
  const anyTime = { dueAt: now + 1_000_000, ringsSince: 0, max: 100 };

  test('lanes with due messages are found, ringing ones first, until they are done', async () => {
    const { mailbox } = make();
    const [calm, rings, gap, failing] = ((endpointId) => [0, 1, 2, 3].map(() => newLane(endpointId)))(newEndpointId());
    if (!calm || !rings || !gap || !failing) throw new Error('four');
    const { endpointId } = calm;
    await mailbox.append(calm, [message(calm.callId, 1)], 0);
    await mailbox.append(rings, [message(rings.callId, 1), message(rings.callId, 2, 'call.invited')], 0);
    await mailbox.append(gap, [message(gap.callId, 2)], 0);
    await mailbox.append(failing, [message(failing.callId, 1)], 0);
    await mailbox.take(failing, by('a'));
    await mailbox.failed(failing, { holder: 'a', seq: 1, attempt: 1, dueAt: now + 500_000 });
    const found = (dueAt = anyTime.dueAt) => mailbox.waiting(endpointId, { ...anyTime, dueAt });
    const [ringing, ...rest] = await found(now + 100_000);
    expect(ringing).toEqual({ callId: rings.callId, urgent: true });
    expect(rest).toEqual([{ callId: calm.callId, urgent: false }]);
    expect((await found()).map(({ callId }) => callId)).toContain(failing.callId);
    for (const seq of [1, 2]) {
      await mailbox.take(rings, by('a'));
      await mailbox.accepted(rings, message(rings.callId, seq), { holder: 'a', continues: false, now });
    }
    expect(await found(now + 100_000)).toEqual([{ callId: calm.callId, urgent: false }]);
  });

  test('nothing of a finished call is delivered again, however often it is appended', async () => {
    const { mailbox } = make();
    const lane = newLane();
    await knownCall(lane.callId);
    const messages = [message(lane.callId, 1), ended(lane.callId, 2)];
    await mailbox.append(lane, messages, 0);
    for (const one of messages) {
      await mailbox.take(lane, by('a'));
      await mailbox.accepted(lane, one, { holder: 'a', continues: false, now });
    }
    expect(await mailbox.append(lane, messages, 0)).toBe('nothing');
    expect(await mailbox.append(lane, messages.slice(0, 1), 0)).toBe('nothing');
    expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'nothing' });
    expect(await mailbox.waiting(lane.endpointId, anyTime)).toEqual([]);
  });

  test('if there are too many lanes, those due longest are dropped', async () => {
    const { mailbox } = make();
    const lanes = [newLane()];
    for (let count = 1; count < 3; count += 1) lanes.push(newLane(lanes[0]?.endpointId));
    for (const lane of lanes) await mailbox.append(lane, [message(lane.callId, 1)], 0);
    const [first] = lanes;
    if (first === undefined) throw new Error('no lane');
    await mailbox.take(first, by('a'));
    await mailbox.failed(first, { holder: 'a', seq: 1, attempt: 1, dueAt: Date.now() + 500_000 });
    const dueAt = Date.now() + 1_000_000;
    expect(await mailbox.clear(first.endpointId, { keep: 1 })).toBe(2);
    const left = await mailbox.waiting(first.endpointId, { dueAt, ringsSince: now, max: 10 });
    expect(left.map(({ callId }) => callId)).toEqual([first.callId]);
  });

  test('lanes are removed with their messages or as dead letters, which are replayed in order even with gaps', async () => {
    const { mailbox, dead } = make();
    const lane = newLane();
    const other = newLane(lane.endpointId);
    for (const { callId } of [lane, other]) await knownCall(callId);
    const messages = [1, 2].map((seq) => message(lane.callId, seq));
    await mailbox.append(lane, messages, 0);
    await mailbox.append(other, [message(other.callId, 1)], 0);
    await mailbox.take(lane, by('a'));
    await mailbox.failed(lane, { holder: 'a', seq: 1, attempt: 3, dueAt: now });
    const end = { failure: 'status', status: 410, diedAt: now } as const;
    expect(await mailbox.clear(lane.endpointId, { end, dueAt: now - 1_000_000 })).toBe(0);
    expect(await mailbox.clear(lane.endpointId, { end, keep: 2 })).toBe(0);
    expect(await mailbox.clear(lane.endpointId, { end })).toBe(2);
    expect(await mailbox.clear(lane.endpointId, { end })).toBe(0);
    expect(await mailbox.waiting(lane.endpointId, anyTime)).toEqual([]);
    const { letters } = await dead.list(lane.endpointId, { after: 0, max: 10 });
    expect(letters.filter((one) => one.message.callId === lane.callId)).toEqual([
      { message: messages[0], attempts: 3, ...end },
      { message: messages[1], attempts: 0, ...end },
    ]);
    expect(letters).toHaveLength(3);
    // What came while nobody was told is missing, and not waited for.
    const later = message(lane.callId, 7);
    expect(await dead.revive(lane, [messages[0]?.id ?? ''])).toBe(1);
    expect(await mailbox.append(lane, [later])).toMatchObject({ seq: 1 });
    for (const one of [messages[0], later]) {
      expect(await mailbox.take(lane, by('a'))).toMatchObject({ message: one });
      if (one) await mailbox.accepted(lane, one, { holder: 'a', continues: false, now });
    }
    expect(await mailbox.append(lane, [later], 6)).toBe('nothing');
    expect(await mailbox.append(lane, [message(lane.callId, 8)], 6)).toMatchObject({ seq: 8 });
    await mailbox.clear(lane.endpointId, {});
    expect((await dead.list(lane.endpointId, { after: 0, max: 10 })).letters).toHaveLength(2);
    expect(await mailbox.take(lane, by('a'))).toEqual({ state: 'nothing' });
  });

  test('a message accepted while an older one was put back is done all the same', async () => {
    const { mailbox, dead } = make();
    const lane = newLane();
    const [one, two] = [message(lane.callId, 1), message(lane.callId, 2)];
    await mailbox.append(lane, [one, two], 0);
    await mailbox.take(lane, by('a'));
    await mailbox.moveToDeadLetters(lane, letter(one));
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
  endpointsContract(() => new RedisWebhookEndpoints({ connection: redis.connection, keys, onUnreadable }));
});
describe('the mailbox in memory', () => {
  mailboxContract(() => {
    const mailbox = new MemoryWebhookMailbox();
    return { mailbox, dead: mailbox };
  }, 1_000);
});
describe('the mailbox in Redis', () => {
  const made = (retentionMs: number, holdMs = 5_000) => ({
    mailbox: new RedisWebhookMailbox({ connection: redis.connection, keys, retentionMs, holdMs, clock, onUnreadable }),
    dead: new RedisDeadLetters({ connection: redis.connection, keys, retentionMs, clock, onUnreadable }),
  });
  mailboxContract(() => made(3_600_000), Date.now());

  test('a lane whose holder is gone becomes free after a while', async () => {
    const { mailbox } = made(60_000, 50);
    const lane = newLane();
    await mailbox.append(lane, [message(lane.callId, 1)], 0);
    await mailbox.take(lane, { holder: 'gone', woken: { seq: 1, attempt: 0 }, now: 0 });
    await waitFor('the lane', async () => {
      const taken = await mailbox.take(lane, { holder: 'next', woken: { seq: 1, attempt: 0 }, now: 0 });
      return taken.state === 'message';
    });
  });

  test('everything expires, and what a finished call leaves expires sooner', async () => {
    const { mailbox, dead } = made(2_000);
    const lane = newLane();
    const messages = [message(lane.callId, 1), message(lane.callId, 2)];
    await mailbox.append(lane, messages, 0);
    await mailbox.moveToDeadLetters(lane, letter(message(lane.callId, 1)));
    expect((await dead.list(lane.endpointId, { after: 0, max: 9 })).letters).toHaveLength(1);
    const left = async () => (await redis.keys()).filter((key) => key.includes(lane.endpointId));
    expect(await left()).toHaveLength(5);
    await waitFor('nothing to be left', async () => (await left()).length === 0);
  });

  const keysOf = async (of: string) => (await redis.keys()).filter((key) => key.includes(of));

  test('a finished and fully delivered call leaves no key except its own', async () => {
    const { mailbox, dead } = made(86_400_000);
    const endpointId = newEndpointId();
    const lane = newLane(endpointId);
    const revived = newLane(endpointId);
    await knownCall(lane.callId);
    const by = { holder: 'a', now: Date.now(), continues: true };
    const messages = [
      message(lane.callId, 1, 'call.ringing'),
      message(lane.callId, 2),
      message(lane.callId, 3, 'call.ended'),
    ];
    await mailbox.append(lane, messages, 0);
    await mailbox.take(lane, by);
    for (const one of messages) await mailbox.accepted(lane, one, by);
    expect(await keysOf(lane.endpointId)).toEqual([]);
    expect(await keysOf(lane.callId)).toEqual([keys.call(lane.callId)]);
    const last = message(revived.callId, 1, 'call.ended');
    await mailbox.append(revived, [last], 0);
    await mailbox.moveToDeadLetters(revived, letter(last));
    await dead.revive(revived, [last.id]);
    await mailbox.take(revived, by);
    await mailbox.accepted(revived, last, by);
    expect(await keysOf(revived.endpointId)).toEqual([]);
    expect(await keysOf(revived.callId)).toEqual([]);
  });

  test('an unreadable message is set aside, the next continues, and an unreadable dead letter is left out', async () => {
    const { mailbox, dead } = made(60_000);
    const lane = newLane();
    await mailbox.append(
      lane,
      [1, 2, 3].map((seq) => message(lane.callId, seq)),
      0,
    );
    const { pending } = keys.webhookLane(lane);
    await redis.connection.run((client) => client.zRemRangeByScore(pending, 1, 2));
    await redis.connection.run((client) =>
      client.zAdd(pending, [
        { score: 1, value: '{"no' },
        { score: 2, value: '{}' },
      ]),
    );
    unreadable.length = 0;
    const by = { holder: 'a', now: Date.now() };
    expect(await mailbox.take(lane, by)).toMatchObject({ message: { seq: 3 } });
    expect(unreadable).toEqual(['message', 'message']);
    expect(await redis.connection.run((client) => client.lRange(keys.webhooksBroken, 0, -1))).toEqual(['{"no', '{}']);
    const { letters, order } = keys.deadLetters(lane.endpointId);
    await mailbox.moveToDeadLetters(lane, letter(message(lane.callId, 3)));
    await redis.connection.run((client) => client.hSet(letters, `${lane.callId}_9`, 'not JSON'));
    await redis.connection.run((client) =>
      client.zAdd(order, { score: Date.now() - 1_000, value: `${lane.callId}_9` }),
    );
    const page = await dead.list(lane.endpointId, { after: 0, max: 10 });
    expect(page.letters.map((one) => one.message.seq)).toEqual([3]);
    expect(await dead.get(lane.endpointId, `${lane.callId}_9`)).toBeUndefined();
    expect(await dead.revive(lane, [`${lane.callId}_9`, `${lane.callId}_3`])).toBe(1);
  });

  test('an unreadable endpoint hides no other and can be removed', async () => {
    const own = redisKeys(randomPrefix());
    const endpoints = new RedisWebhookEndpoints({ connection: redis.connection, keys: own, onUnreadable });
    const sound = {
      id: newEndpointId(),
      url: 'https://app.example/',
      createdAt: 1,
      secrets: [{ secret: 'whsec_AAAA' }],
    };
    const broken = newEndpointId();
    await endpoints.add(sound, 16);
    await redis.connection.run((client) => client.hSet(own.webhookEndpoints, broken, '{"version":2}'));
    unreadable.length = 0;
    expect(await endpoints.list()).toEqual([sound]);
    expect(unreadable).toEqual(['endpoint']);
    expect(await endpoints.remove(broken)).toBe(true);
  });

  test('a lane from an earlier version is delivered when its job comes, and removed with its call', async () => {
    const { mailbox } = made(60_000);
    const lane = newLane();
    const { pending, state } = keys.webhookLane(lane);
    const messages = [message(lane.callId, 2), message(lane.callId, 3, 'call.ended')];
    await redis.connection.run(async (client) => {
      await client.hSet(state, { cursor: '1', seq: '2', attempt: '1', dueAt: String(Date.now() + 60_000) });
      await client.zAdd(
        pending,
        messages.map((one) => ({ score: one.seq, value: JSON.stringify(one) })),
      );
    });
    const by = { holder: 'a', now: Date.now(), continues: true };
    const taken = await mailbox.take(lane, { ...by, woken: { seq: 2, attempt: 1 } });
    expect(taken).toEqual({ state: 'message', message: messages[0], attempt: 1 });
    // Whoever dies now leaves a lane that is found.
    expect(await mailbox.waiting(lane.endpointId, { dueAt: Date.now() + 90_000, ringsSince: 0, max: 9 })).toHaveLength(
      1,
    );
    for (const one of messages) await mailbox.accepted(lane, one, by);
    expect(await keysOf(lane.endpointId)).toEqual([]);
  });

  test('a holder that keeps renewing its lane keeps it', async () => {
    const { mailbox } = made(60_000, 300);
    const lane = newLane();
    await mailbox.append(lane, [message(lane.callId, 1)], 0);
    await mailbox.take(lane, { holder: 'a', now: Date.now() });
    await mailbox.keep([lane], 'b');
    const { holder } = keys.webhookLane(lane);
    await redis.connection.run((client) => client.pExpire(holder, 100));
    await mailbox.keep([lane, newLane()], 'a');
    expect(await redis.connection.run((client) => client.pTTL(holder))).toBeGreaterThan(100);
  });
});
