/** What is still to be told to each endpoint of each call, in Redis. Every step is one script. */
import * as z from 'zod';
import type { DeadLetter, WebhookMessage } from '../../call/webhook.ts';
import type { Due, Lane, Taken, WebhookMailbox } from '../../ports/webhooks.ts';
import type { LuaScript, RedisConnection } from './connection.ts';
import type { RedisKeys } from './keys.ts';
import { acceptMessage } from './scripts/acceptMessage.lua.ts';
import { appendMessages } from './scripts/appendMessages.lua.ts';
import { buryMessage } from './scripts/buryMessage.lua.ts';
import { failMessage } from './scripts/failMessage.lua.ts';
import { releaseLane } from './scripts/releaseLane.lua.ts';
import { takeLane } from './scripts/takeLane.lua.ts';
import { storedMessage } from './stored.ts';
import { parsed, parsedJson } from './values.ts';

export interface RedisWebhookMailboxOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** How long messages and dead letters are kept. */
  readonly retentionMs: number;
  /** A lane is held no longer: more than an attempt takes at most. */
  readonly holdMs: number;
}

/** What an ended call leaves for the transitions that are carried out once more. */
const overMs = 3_600_000;

const dueAnswer = z.tuple([z.number(), z.number(), z.number()]);
const head = z.union([z.literal('nothing'), dueAnswer]);
const appended = z.union([z.literal('unknown'), head]);
const taken = z.union([
  z.enum(['busy', 'nothing']),
  z.tuple([z.literal('later'), z.number(), z.number(), z.number()]),
  z.tuple([z.literal('message'), z.number(), z.string()]),
]);

export class RedisWebhookMailbox implements WebhookMailbox {
  readonly #options: RedisWebhookMailboxOptions;

  constructor(options: RedisWebhookMailboxOptions) {
    this.#options = options;
  }

  async append(lane: Lane, messages: readonly WebhookMessage[], after?: number): Promise<'unknown' | 'nothing' | Due> {
    const { pending, state } = this.#options.keys.webhookLane(lane);
    const values = messages.flatMap((message) => [String(message.seq), JSON.stringify(message)]);
    const begin = [after === undefined ? '' : String(after), String(this.#options.retentionMs)];
    const answer = parsed(appended, await this.#script(appendMessages, [pending, state], [...begin, ...values]));
    return answer === 'unknown' ? answer : dueOf(answer);
  }

  async take(lane: Lane, { holder, woken, now }: Parameters<WebhookMailbox['take']>[1]): Promise<Taken> {
    const values = [holder, String(this.#options.holdMs), String(now), String(woken.seq), String(woken.attempt)];
    const answer = parsed(taken, await this.#script(takeLane, this.#laneKeys(lane), values));
    if (answer === 'busy' || answer === 'nothing') return { state: answer };
    if (answer[0] === 'message') {
      return { state: 'message', attempt: answer[1], message: parsedJson(storedMessage, answer[2]) };
    }
    const [, seq, attempt, dueAt] = answer;
    return { state: 'later', due: { seq, attempt, dueAt } };
  }

  async accepted(lane: Lane, message: WebhookMessage): Promise<void> {
    const { pending, state } = this.#options.keys.webhookLane(lane);
    await this.#script(acceptMessage, [pending, state], [String(message.seq), ...this.#kept(message)]);
  }

  async failed(lane: Lane, attempt: Due & { holder: string }): Promise<'nothing' | Due> {
    const { holder, seq, attempt: attempts, dueAt } = attempt;
    const values = [holder, String(seq), String(attempts), String(dueAt), String(this.#options.retentionMs)];
    return dueOf(parsed(head, await this.#script(failMessage, this.#laneKeys(lane), values)));
  }

  async bury(lane: Lane, letter: DeadLetter): Promise<void> {
    const { keys } = this.#options;
    const { message, diedAt } = letter;
    const { pending, state } = keys.webhookLane(lane);
    const { letters, order } = keys.deadLetters(lane.endpointId);
    await this.#script(
      buryMessage,
      [pending, state, letters, order],
      [String(message.seq), ...this.#kept(message), message.id, JSON.stringify(letter), String(diedAt)],
    );
  }

  async release(lane: Lane, holder: string): Promise<'nothing' | Due> {
    return dueOf(parsed(head, await this.#script(releaseLane, this.#laneKeys(lane), [holder])));
  }

  async drop(lane: Lane): Promise<void> {
    await this.#options.connection.run((client) => client.del(this.#laneKeys(lane)));
  }

  /** How long the lane is kept from now on, and how long when nothing is left in it: no call goes on after its end. */
  #kept({ type }: WebhookMessage): string[] {
    const { retentionMs } = this.#options;
    return [retentionMs, type === 'call.ended' ? Math.min(overMs, retentionMs) : retentionMs].map(String);
  }

  #laneKeys(lane: Lane): string[] {
    const { pending, state, holder } = this.#options.keys.webhookLane(lane);
    return [pending, state, holder];
  }

  #script(script: LuaScript, keys: string[], values: string[]): Promise<unknown> {
    return this.#options.connection.script(script, keys, values);
  }
}

function dueOf(answer: z.infer<typeof head>): 'nothing' | Due {
  if (answer === 'nothing') return answer;
  const [seq, attempt, dueAt] = answer;
  return { seq, attempt, dueAt };
}
