/** What every NodeMessages must do, over memory and over Redis. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MemoryNodeChannels } from '../../../src/adapters/memory/memoryNodeChannels.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import type { RedisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisNodeChannel } from '../../../src/adapters/redis/cluster/redisNodeChannel.ts';
import { Subscriptions } from '../../../src/adapters/redis/connection/subscriptions.ts';
import { ChannelMessages } from '../../../src/adapters/routing/channelMessages.ts';
import { CallError } from '../../../src/domain/kernel/errors.ts';
import type { NodeId, SessionId } from '../../../src/domain/kernel/ids.ts';
import type { NodeChannel } from '../../../src/ports/cluster/nodeChannel.ts';
import { NotServed } from '../../../src/ports/cluster/nodeMessages.ts';
import type { NodeMessages } from '../../../src/ports/cluster/nodeMessages.ts';
import { startTestRedis, randomPrefix, randomTail } from '../../support/redis/redis.ts';
import type { TestRedis } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Silence is waited for once or twice; all else is answered within this on a busy machine too. */
const answerWithinMs = 4_000;
const newNode = (): NodeId => `node_${randomTail()}`;
const newSession = (): SessionId => `ses_${randomTail()}`;

interface End {
  readonly messages: NodeMessages;
  readonly broken: unknown[];
  /** As if the process had died. */
  readonly die: () => Promise<void> | void;
}
type Closable = NodeChannel & { close(): Promise<void> | void };

/** Longer than any test: what waits for silence never ends. */
const neverMs = 3_600_000;

function endOver(channel: Closable, withinMs = answerWithinMs): End {
  const broken: unknown[] = [];
  const messages = new ChannelMessages({ channel, answerWithinMs: withinMs, onBroken: (error) => broken.push(error) });
  return { messages, broken, die: () => channel.close() };
}

async function outcome(work: Promise<unknown>): Promise<{ code: unknown; tookMs: number }> {
  const from = performance.now();
  const code = await work.then(
    () => 'none',
    (error: unknown) => (error instanceof CallError ? error.code : error),
  );
  return { code, tookMs: performance.now() - from };
}

function nodeMessagesContract(open: (answerWithinMs?: number) => Promise<End>): void {
  test('a request is answered only by the node it is for, which knows the asking node', async () => {
    const [asking, asked, other] = await Promise.all([open(), open(), open()]);
    const heard: unknown[] = [];
    const subscriptions = (from: NodeMessages) =>
      from.request(asked.messages.nodeId, 'subscriptions', { sessionId: newSession() });
    asked.messages.serve({
      requests: {
        subscriptions: (_params, from) => {
          heard.push(from);
          return Promise.resolve({ subscriptions: [] });
        },
      },
    });
    other.messages.serve({ requests: { subscriptions: () => Promise.reject(new Error('not asked')) } });
    expect(await subscriptions(asking.messages)).toEqual({ subscriptions: [] });
    const answers = await Promise.all(Array.from({ length: 200 }, () => subscriptions(other.messages)));
    expect(answers).toHaveLength(200);
    expect(heard).toEqual([asking.messages.nodeId, ...answers.map(() => other.messages.nodeId)]);
    expect([...asking.broken, ...asked.broken, ...other.broken]).toEqual([]);
  });

  test('a node may ask itself', async () => {
    const { messages } = await open();
    messages.serve({ requests: { pause: () => Promise.resolve({}) } });
    const params = { sessionId: newSession(), trackId: randomUUID(), paused: true };
    expect(await messages.request(messages.nodeId, 'pause', params)).toEqual({});
  });

  test('a refusal arrives with its code and wait; a fault arrives as internal and is counted where it happened', async () => {
    const [asking, asked] = await Promise.all([open(), open()]);
    asked.messages.serve({
      requests: {
        subscriptions: () => Promise.reject(new CallError('too_many_requests', { retryAfterMs: 70 })),
        restartIce: () => Promise.reject(new Error('a bug at 10.1.2.3')),
      },
    });
    const to = asked.messages.nodeId;
    await expect(asking.messages.request(to, 'subscriptions', { sessionId: newSession() })).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterMs: 70,
    });
    const restart = asking.messages.request(to, 'restartIce', { sessionId: newSession(), direction: 'send' });
    const fault: unknown = await restart.catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'internal' });
    expect(fault).not.toHaveProperty('cause');
    expect(asked.broken).toHaveLength(1);
    expect(asking.broken).toEqual([]);
  });

  test('a missing node or an unknown request is unavailable, within the time limit', async () => {
    const [asking, ignorant] = await Promise.all([open(), open()]);
    const params = { sessionId: newSession() };
    const nobody = asking.messages.request(newNode(), 'subscriptions', params);
    const notServed = expect(nobody).rejects.not.toBeInstanceOf(NotServed);
    const unanswered = await outcome(nobody);
    await notServed;
    expect(unanswered.code).toBe('unavailable');
    expect(unanswered.tookMs).toBeGreaterThan(answerWithinMs - 50);
    const unknown = await outcome(asking.messages.request(ignorant.messages.nodeId, 'subscriptions', params));
    expect(unknown.code).toBe('unavailable');
    // It says itself that it does not serve this, which a node that is away cannot.
    const refused = asking.messages.request(ignorant.messages.nodeId, 'subscriptions', params);
    await expect(refused).rejects.toBeInstanceOf(NotServed);
  });

  test('a request to a node that dies is unavailable: at once if its death is known', async () => {
    const [asking, dying] = await Promise.all([open(neverMs), open()]);
    let asked = 0;
    dying.messages.serve({
      requests: {
        subscriptions: () => {
          asked += 1;
          return new Promise(() => undefined);
        },
      },
    });
    const to = dying.messages.nodeId;
    const ask = () => asking.messages.request(to, 'subscriptions', { sessionId: newSession() });
    const known = outcome(ask());
    await waitFor('the question', () => asked === 1);
    await dying.die();
    asking.messages.giveUp(to);
    expect((await known).code).toBe('unavailable');
    expect((await outcome(ask())).code).toBe('unavailable');
  });

  test('notifications arrive in order, also between answers, and a handler that throws silences none', async () => {
    const [owner, holder] = await Promise.all([open(), open()]);
    const told: string[] = [];
    const first = newSession();
    holder.messages.serve({
      notices: {
        taken: ({ sessionId }) => {
          if (sessionId === first) throw new Error('a bug');
          told.push(sessionId);
        },
      },
    });
    const sessions = Array.from({ length: 50 }, newSession);
    owner.messages.serve({
      requests: {
        subscriptions: async () => {
          const to = holder.messages.nodeId;
          await owner.messages.tell(to, 'taken', { sessionId: 'ses_0000000000000000before' });
          // Said right after the answer, in the same breath.
          setImmediate(() => {
            for (const sessionId of [first, ...sessions]) void owner.messages.tell(to, 'taken', { sessionId });
          });
          return { subscriptions: [] };
        },
      },
    });
    await holder.messages.request(owner.messages.nodeId, 'subscriptions', { sessionId: first });
    await Promise.resolve();
    // Who waited for the answer continues before what was said after it is heard.
    expect(told).toEqual(['ses_0000000000000000before']);
    await waitFor('all notices', () => told.length === 51);
    expect(told.slice(1)).toEqual(sessions);
    expect(holder.broken).toHaveLength(1);
  });

  test('fields that are not in the schemas are not sent', async () => {
    const [asking, asked] = await Promise.all([open(), open()]);
    const heard: unknown[] = [];
    const withAddress = { subscriptions: [], address: '198.51.100.7' };
    asked.messages.serve({
      requests: {
        subscriptions: (params) => {
          heard.push(params);
          return Promise.resolve(withAddress);
        },
      },
    });
    const params = { sessionId: newSession(), address: '198.51.100.7' };
    const answer = await asking.messages.request(asked.messages.nodeId, 'subscriptions', params);
    expect(heard).toEqual([{ sessionId: params.sessionId }]);
    expect(answer).toEqual({ subscriptions: [] });
  });
}

describe('messages in memory', () => {
  const channels = new MemoryNodeChannels();
  nodeMessagesContract((withinMs) => Promise.resolve(endOver(channels.open(newNode()), withinMs)));
});

describe('messages over Redis', () => {
  let redis: TestRedis;
  let connection: RedisConnection;
  const keys: RedisKeys = redisKeys(randomPrefix());
  let subscriptions: Subscriptions;

  beforeAll(async () => {
    redis = await startTestRedis();
    connection = await RedisConnection.create({ url: redis.url });
    subscriptions = await Subscriptions.create({ connection, keys });
  });
  afterAll(async () => {
    await subscriptions.close();
    await connection.close();
    await redis.stop();
  });

  const channelOf = () => RedisNodeChannel.create({ connection, subscriptions, keys, nodeId: newNode() });

  nodeMessagesContract(async (withinMs) => endOver(await channelOf(), withinMs));

  test('unreadable messages are counted and dropped, and the next one is read', async () => {
    const [asking, asked] = [endOver(await channelOf()), endOver(await channelOf())];
    const requests = { subscriptions: () => Promise.resolve({ subscriptions: [] }) };
    asked.messages.serve({ requests, notices: { taken: () => undefined } });
    const { nodeId: to } = asked.messages;
    const from = asking.messages.nodeId;
    const frames = [
      'nonsense',
      '{}',
      JSON.stringify({ type: 'notice', from: '10.0.0.1', kind: 'taken', params: {} }),
      JSON.stringify({ type: 'notice', from, kind: 'taken', params: { sessionId: 'no session' } }),
      JSON.stringify({ type: 'notice', from, kind: 'toString', params: {} }),
      JSON.stringify({ type: 'request', from, number: 99, kind: 'subscriptions', params: { sessionId: 7 } }),
    ];
    const said = await Promise.all(
      frames.map((frame) => connection.run((client) => client.publish(keys.nodeInbox(to), frame))),
    );
    expect(said).toEqual(frames.map(() => 1));
    await asking.messages.request(to, 'subscriptions', { sessionId: newSession() });
    expect(asked.broken.map(String)).toHaveLength(frames.length);
  });

  test('an answer from a node that was not asked is ignored', async () => {
    const [asking, asked] = [endOver(await channelOf()), endOver(await channelOf())];
    const { nodeId: to } = asked.messages;
    asked.messages.serve({
      requests: {
        subscriptions: async () => {
          const forged = { type: 'answer', from: newNode(), number: 1, result: { subscriptions: 'forged' } };
          await connection.run((client) =>
            client.publish(keys.nodeInbox(asking.messages.nodeId), JSON.stringify(forged)),
          );
          return { subscriptions: [] };
        },
      },
    });
    expect(await asking.messages.request(to, 'subscriptions', { sessionId: newSession() })).toEqual({
      subscriptions: [],
    });
  });

  test('a request and its answer take two commands and a few milliseconds', async () => {
    const [asking, asked] = [endOver(await channelOf()), endOver(await channelOf())];
    asked.messages.serve({ requests: { subscriptions: () => Promise.resolve({ subscriptions: [] }) } });
    const published = async (): Promise<number> => {
      const info = await connection.run((client) => client.info('commandstats'));
      return Number(/cmdstat_publish:calls=(\d+)/.exec(info)?.[1]);
    };
    const ask = () => asking.messages.request(asked.messages.nodeId, 'subscriptions', { sessionId: newSession() });
    await ask();
    const [before, from] = [await published(), performance.now()];
    for (let round = 0; round < 100; round += 1) await ask();
    const said = (await published()) - before;
    // The checks of the subscriptions, one a second, come on top.
    const checks = 2 + Math.ceil((performance.now() - from) / 1_000);
    expect(said).toBeGreaterThanOrEqual(200);
    expect(said).toBeLessThanOrEqual(200 + checks);
  });
});

test('while Redis is away everything is unavailable at once; afterwards the gap is reported and all works as before', async () => {
  const redis = await startTestRedis();
  const connection = await RedisConnection.create({ url: redis.url });
  const keys = redisKeys(randomPrefix());
  const subscriptions = await Subscriptions.create({ connection, keys });
  const channels = await Promise.all(
    [newNode(), newNode()].map((nodeId) => RedisNodeChannel.create({ connection, subscriptions, keys, nodeId })),
  );
  const [asking, asked] = channels.map((channel) => endOver(channel, neverMs));
  if (asking === undefined || asked === undefined) throw new Error('nobody');
  const gaps = new Set<NodeId>();
  for (const { messages } of [asking, asked]) messages.onGap(() => gaps.add(messages.nodeId));
  asked.messages.serve({ requests: { subscriptions: () => Promise.resolve({ subscriptions: [] }) } });
  const to = asked.messages.nodeId;
  const ask = () => asking.messages.request(to, 'subscriptions', { sessionId: newSession() });
  await ask();
  await redis.kill();
  await waitFor('the loss to be known', () => !connection.ready);
  expect((await outcome(ask())).code).toBe('unavailable');
  expect((await outcome(asking.messages.tell(to, 'taken', { sessionId: newSession() }))).code).toBe('unavailable');
  await redis.restart();
  await waitFor('both to be told of the gap', () => gaps.size === 2);
  await waitFor('an answer again', () => ask().catch(() => undefined));
  await subscriptions.close();
  await connection.close();
  await redis.stop();
});
