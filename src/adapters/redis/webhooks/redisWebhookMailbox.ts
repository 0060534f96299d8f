/** Pending messages of each endpoint and call, in Redis. Every step is one script. */
import * as z from 'zod';
import type { CallId, WebhookEndpointId } from '../../../domain/kernel/ids.ts';
import type { DeadLetter, WebhookMessage } from '../../../domain/webhooks/webhook.ts';
import { isUrgent } from '../../../domain/webhooks/fairness.ts';
import type { Clock } from '../../../ports/system/clock.ts';
import type {
  Clearing,
  Due,
  EndpointLanes,
  Lane,
  Taken,
  WaitingLane,
  WebhookMailbox,
} from '../../../ports/webhooks/webhooks.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { LuaScript } from '../connection/luaScript.ts';
import type { RedisKeys } from '../schema/keys.ts';
import keepLanes from './lanes/keepLanes.lua';
import {
  acceptMessage,
  appendMessages,
  moveToDeadLetters,
  clearLanes,
  failMessage,
  releaseLane,
  setAsideMessage,
  takeLane,
} from './lanes/laneScripts.ts';
import { storedCallId, storedMessage } from '../schema/persistedSchemas.ts';
import { parsed, parsedJson, readableIds } from '../schema/values.ts';
import type { OnUnreadable } from '../schema/values.ts';

export interface RedisWebhookMailboxOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** How long messages and dead letters are kept. */
  readonly retentionMs: number;
  /** Maximum hold of a lane, unless its holder renews it. */
  readonly holdMs: number;
  readonly clock: Clock;
  readonly onUnreadable: OnUnreadable;
}

/** Limit per endpoint, whatever their age: the oldest go first. */
export const maxDeadLetters = 100_000;
/** Limit for all endpoints; kept for diagnosis. */
const maxBroken = 1_000;
/** Lanes per step of `clear`, so that no other command waits long. */
const lanesAtOnce = 50;

const dueAnswer = z.tuple([z.number(), z.number(), z.number()]);
const head = z.union([z.literal('nothing'), dueAnswer]);
const appended = z.union([z.literal('unknown'), head]);
const taken = z.union([
  z.enum(['busy', 'nothing']),
  z.tuple([z.literal('later'), z.number(), z.number(), z.number()]),
  z.tuple([z.literal('message'), z.number(), z.string()]),
]);

export class RedisWebhookMailbox implements WebhookMailbox, EndpointLanes {
  readonly #options: RedisWebhookMailboxOptions;

  constructor(options: RedisWebhookMailboxOptions) {
    this.#options = options;
  }

  async append(lane: Lane, messages: readonly WebhookMessage[], after?: number): Promise<'unknown' | 'nothing' | Due> {
    const values = messages.flatMap((message) => [
      ...[String(message.seq), isUrgent(message) ? '1' : '0', JSON.stringify(message)],
    ]);
    const begin = after === undefined ? '' : String(after);
    const answer = parsed(appended, await this.#change(appendMessages, lane, [begin, ...values]));
    return answer === 'unknown' ? answer : dueOf(answer);
  }

  async take(lane: Lane, { holder, woken, now }: Parameters<WebhookMailbox['take']>[1]): Promise<Taken> {
    const { holdMs } = this.#options;
    const values = woken === undefined ? ['', ''] : [String(woken.seq), String(woken.attempt)];
    const answer = await this.#change(takeLane, lane, [holder, String(holdMs), ...values], now);
    const take = () => this.take(lane, { holder, now, ...(woken === undefined ? {} : { woken }) });
    return this.#readable(lane, answer, take);
  }

  async accepted(
    lane: Lane,
    message: WebhookMessage,
    next?: { holder: string; continues: boolean; now: number },
  ): Promise<Taken> {
    const { holdMs } = this.#options;
    const { holder = '', continues = false, now } = next ?? {};
    const values = [...doneWith(message), holder, String(holdMs), continues ? '1' : '0'];
    const answer = await this.#change(acceptMessage, lane, values, now);
    return this.#readable(lane, answer, () => this.accepted(lane, message, next));
  }

  async failed(lane: Lane, attempt: Due & { holder: string }): Promise<'nothing' | Due> {
    const { holder, seq, attempt: attempts, dueAt } = attempt;
    const values = [holder, String(seq), String(attempts), String(dueAt)];
    return dueOf(parsed(head, await this.#change(failMessage, lane, values)));
  }

  async moveToDeadLetters(lane: Lane, letter: DeadLetter, holder = ''): Promise<void> {
    const { message, diedAt } = letter;
    const { letters, order } = this.#options.keys.deadLetters(lane.endpointId);
    const values = [...doneWith(message), holder, String(maxDeadLetters), message.id, JSON.stringify(letter)];
    await this.#change(moveToDeadLetters, lane, values, diedAt, [letters, order]);
  }

  async release(lane: Lane, holder: string): Promise<'nothing' | Due> {
    const { pending, state, holder: key } = this.#options.keys.webhookLane(lane);
    return dueOf(parsed(head, await this.#script(releaseLane, [pending, state, key], [holder])));
  }

  async keep(lanes: readonly Lane[], holder: string): Promise<void> {
    if (lanes.length === 0) return;
    const { keys, holdMs } = this.#options;
    const holders = lanes.map((lane) => keys.webhookLane(lane).holder);
    await this.#script(keepLanes, holders, [holder, String(holdMs)]);
  }

  async drop(lane: Lane): Promise<void> {
    await this.#clear(lane.endpointId, [lane.callId], '');
  }

  async waiting(endpointId: WebhookEndpointId, page: Parameters<EndpointLanes['waiting']>[1]) {
    const { connection, keys } = this.#options;
    const { lanes, urgent } = keys.webhookLanes(endpointId);
    const limits = { BY: 'SCORE', LIMIT: { offset: 0, count: page.max } } as const;
    const { dueAt, ringsSince } = page;
    const [ringing, all] = await connection.run((client) =>
      Promise.all([
        client.zRange(urgent, dueAt, ringsSince, { ...limits, REV: true }),
        client.zRange(lanes, '-inf', dueAt, limits),
      ]),
    );
    const first = (await this.#ids(urgent, ringing)).map((callId): WaitingLane => ({ callId, urgent: true }));
    const known = new Set(ringing);
    const rest = (await this.#ids(lanes, all)).filter((callId) => !known.has(callId));
    return [...first, ...rest.map((callId): WaitingLane => ({ callId, urgent: false }))].slice(0, page.max);
  }

  async clear(endpointId: WebhookEndpointId, what: Clearing): Promise<number> {
    const { lanes } = this.#options.keys.webhookLanes(endpointId);
    const upTo = what.dueAt ?? '+inf';
    const found = await this.#options.connection.run(async (client) => {
      const { keep } = what;
      const most = keep === undefined ? lanesAtOnce : (await client.zCount(lanes, '-inf', upTo)) - keep;
      if (most <= 0) return [];
      const LIMIT = { offset: 0, count: Math.min(most, lanesAtOnce) };
      return client.zRange(lanes, '-inf', upTo, { BY: 'SCORE', LIMIT });
    });
    // The end of a stored letter; the script adds its message and attempts.
    const end = what.end === undefined ? '' : JSON.stringify(what.end).slice(1);
    return this.#clear(endpointId, await this.#ids(lanes, found), end);
  }

  /** Removes unreadable ids: they would come first for ever. */
  async #ids(list: string, found: readonly string[]): Promise<readonly CallId[]> {
    const { connection, onUnreadable } = this.#options;
    const ids = readableIds(storedCallId, found, (error) => {
      onUnreadable('message', error);
    });
    const known = new Set<string>(ids);
    const broken = found.filter((id) => !known.has(id));
    if (broken.length > 0) await connection.run((client) => client.zRem(list, broken));
    return ids;
  }

  async #clear(endpointId: WebhookEndpointId, callIds: readonly CallId[], end: string): Promise<number> {
    if (callIds.length === 0) return 0;
    const { keys, retentionMs, clock } = this.#options;
    const { lanes, urgent } = keys.webhookLanes(endpointId);
    const { letters, order } = keys.deadLetters(endpointId);
    const each = callIds.flatMap((callId) => {
      const { pending, state, holder } = keys.webhookLane({ endpointId, callId });
      return [pending, state, holder, keys.call(callId)];
    });
    const values = [String(clock.now()), String(retentionMs), String(maxDeadLetters), end, toldField(endpointId)];
    const answer = await this.#script(clearLanes, [lanes, urgent, letters, order, ...each], [...values, ...callIds]);
    return parsed(z.number(), answer);
  }

  /** An unreadable message is skipped. */
  async #readable(lane: Lane, answer: unknown, next: () => Promise<Taken>): Promise<Taken> {
    const come = parsed(taken, answer);
    if (come === 'busy' || come === 'nothing') return { state: come };
    if (come[0] === 'later') {
      const [, seq, attempt, dueAt] = come;
      return { state: 'later', due: { seq, attempt, dueAt } };
    }
    const [, attempt, json] = come;
    try {
      return { state: 'message', attempt, message: parsedJson(storedMessage, json) };
    } catch (error) {
      this.#options.onUnreadable('message', error);
      const broken = [this.#options.keys.webhooksBroken];
      await this.#change(setAsideMessage, lane, [String(maxBroken)], undefined, broken);
      return next();
    }
  }

  /** Runs a script that begins with `laneParts`. */
  #change(
    script: LuaScript,
    lane: Lane,
    values: readonly string[],
    ...[now, more = []]: [now?: number | undefined, more?: readonly string[]]
  ): Promise<unknown> {
    const { keys, clock, retentionMs } = this.#options;
    const { pending, state, holder } = keys.webhookLane(lane);
    const { lanes, urgent } = keys.webhookLanes(lane.endpointId);
    const common = [lane.callId, toldField(lane.endpointId), String(now ?? clock.now()), String(retentionMs)];
    return this.#script(
      script,
      [pending, state, holder, lanes, urgent, keys.call(lane.callId), ...more],
      [...common, ...values],
    );
  }

  #script(script: LuaScript, keys: string[], values: string[]): Promise<unknown> {
    return this.#options.connection.script(script, keys, values);
  }
}

/** A field in the hash of a call: it expires with the call. */
function toldField(endpointId: WebhookEndpointId): string {
  return `told:${endpointId}`;
}

/** Number of a message, and whether it is the last of its call. */
function doneWith({ seq, type }: WebhookMessage): string[] {
  return [String(seq), type === 'call.ended' ? '1' : '0'];
}

function dueOf(answer: z.infer<typeof head>): 'nothing' | Due {
  if (answer === 'nothing') return answer;
  const [seq, attempt, dueAt] = answer;
  return { seq, attempt, dueAt };
}
