/**
 * Changes for one device of a user: calls that the user enters, and then all changes of these calls. A change is
 * announced once per call, however many participants it has; only entering is announced on the user's own channel.
 */
import * as z from 'zod';
import { presentOf } from '../../../domain/call/call.ts';
import type { Call } from '../../../domain/call/call.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import { maxEvents } from '../../../domain/call/events.ts';
import type { CallId, UserId } from '../../../domain/kernel/ids.ts';
import type { CallChange, OnCallChange, StopListening } from '../../../ports/call/callFeed.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import { storedCall, storedCallId, storedEvent } from '../schema/persistedSchemas.ts';
import readEvents from '../call/readEvents.lua';
import { parsed, parsedJson, readable, readableIds } from '../schema/values.ts';
import type { OnBroken } from '../schema/values.ts';

export interface RedisUserFeedOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly userId: UserId;
  readonly listener: OnCallChange;
  readonly listen: (channel: string, listener: OnCallChange) => Promise<StopListening>;
  readonly onBroken: OnBroken;
}

/** A followed call. Changes are buffered until catch-up has finished. */
interface Followed {
  /** The version that was read, perhaps before its change arrived. */
  readUpTo: number;
  waiting: CallChange[] | undefined;
  readonly stop: () => Promise<void>;
}

/** What the listener already knows of a call. */
type Told = Pick<Call, 'version' | 'lastEvent'>;
/** Do not repeat earlier events, only the state. */
const nothing: Told = { version: 0, lastEvent: Number.MAX_SAFE_INTEGER };

const storedTexts = z.array(z.string());
const tryAgainMs = 500;

export class RedisUserFeed {
  readonly #options: RedisUserFeedOptions;
  readonly #followed = new Map<CallId, Followed>();
  #stopEntering: StopListening | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;

  constructor(options: RedisUserFeedOptions) {
    this.#options = options;
  }

  /** Resolves when all later changes will arrive. Throws `unavailable`. */
  async start(): Promise<void> {
    const { keys, userId, listen } = this.#options;
    this.#stopEntering = await listen(keys.userChannel(userId), (change) => {
      this.#enter(change);
    });
    await Promise.all((await this.#liveCalls()).map((callId) => this.#follow(callId, undefined)));
  }

  /** After a gap: the user may have entered calls meanwhile. */
  async resume(): Promise<void> {
    // The store may have lost what was read, so versions may be lower now.
    for (const followed of this.#followed.values()) followed.readUpTo = 0;
    const before = [...this.#followed.keys()];
    try {
      const live = await this.#liveCalls();
      await Promise.all(live.map((callId) => this.#followSurely(callId, nothing)));
      // These ended, or continued without the user, during the gap.
      await Promise.all(before.filter((callId) => !live.includes(callId)).map((callId) => this.#leave(callId)));
    } catch (error) {
      this.#unreachable(error, () => this.resume());
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([this.#stopEntering?.(), ...[...this.#followed.keys()].map((callId) => this.#leave(callId))]);
  }

  #enter(change: CallChange): void {
    const { call } = change;
    // If the store had lost the call, this user's entry is announced again. The call's channel brings it.
    if (this.#isStopped || this.#followed.has(call.id)) return;
    this.#say(change);
    void this.#followSurely(call.id, call);
  }

  async #liveCalls(): Promise<readonly CallId[]> {
    const { connection, keys, userId, onBroken } = this.#options;
    const key = keys.callsOfUser(userId);
    const stored = await connection.run((client) => client.sMembers(key), 0, [key]);
    return readableIds(storedCallId, stored, (error) => {
      onBroken('feed', error);
    });
  }

  async #followSurely(callId: CallId, told: Told): Promise<void> {
    if (this.#isStopped) return;
    try {
      await this.#follow(callId, told);
    } catch (error) {
      this.#unreachable(error, () => this.#followSurely(callId, told));
    }
  }

  /** What cannot be reached now can be read later; a broken value stays broken. */
  #unreachable(error: unknown, again: () => Promise<void>): void {
    if (error instanceof CallError && error.code === 'unavailable') this.#later(again);
    else this.#options.onBroken('feed', error);
  }

  #later(step: () => Promise<void>): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void step();
    }, tryAgainMs).unref();
    this.#timers.add(timer);
  }

  /** Without `told` the listener reads the state itself. */
  async #follow(callId: CallId, told: Told | undefined): Promise<void> {
    if (this.#followed.has(callId)) return;
    const { keys, listen } = this.#options;
    const subscribed = listen(keys.callChannel(callId), (change) => {
      if (followed.waiting !== undefined) followed.waiting.push(change);
      else if (change.call.version > followed.readUpTo) this.#tell(change);
    });
    const followed: Followed = {
      readUpTo: 0,
      waiting: told === undefined ? undefined : [],
      stop: () => subscribed.then((stop) => stop()).catch(() => undefined),
    };
    this.#followed.set(callId, followed);
    try {
      await subscribed;
      if (told !== undefined && this.#followed.get(callId) === followed) await this.#catchUp(callId, followed, told);
    } catch (error) {
      await this.#leave(callId);
      throw error;
    }
  }

  /** Changes between the one by which the user entered and the subscription. */
  async #catchUp(callId: CallId, followed: Followed, told: Told): Promise<void> {
    const missed = await this.#since(callId, told);
    const waiting = followed.waiting ?? [];
    followed.waiting = undefined;
    let { version } = told;
    let newest: Call | undefined;
    for (const change of [...(missed === undefined ? [] : [missed]), ...waiting]) {
      if (change.call.version <= version) continue;
      version = change.call.version;
      newest = change.call;
      this.#say(change);
    }
    followed.readUpTo = version;
    // A user who left and came back is still followed.
    if (newest !== undefined && !this.#isIn(newest)) await this.#leave(callId);
  }

  async #since(callId: CallId, { lastEvent }: Told): Promise<CallChange | undefined> {
    const { connection, keys, onBroken } = this.#options;
    const [json, events] = await Promise.all([
      connection.run((client) => client.hGet(keys.call(callId), 'state'), 0, [keys.call(callId)]),
      connection.script(readEvents, [keys.callEvents(callId)], [String(lastEvent), String(maxEvents)]),
    ]);
    if (json === null) return undefined;
    const call = parsedJson(storedCall, json);
    const known = readable(storedEvent, parsed(storedTexts, events), (error) => {
      onBroken('feed', error);
    }).filter(({ seq }) => seq <= call.lastEvent);
    return { call, events: known };
  }

  #tell(change: CallChange): void {
    if (!this.#isIn(change.call)) void this.#leave(change.call.id);
    this.#say(change);
  }

  #isIn(call: Call): boolean {
    return presentOf(call).some(({ userId }) => userId === this.#options.userId);
  }

  /** If the listener fails on one change, it still gets the next. */
  #say(change: CallChange): void {
    if (this.#isStopped) return;
    const { listener, onBroken } = this.#options;
    try {
      listener(change);
    } catch (error) {
      onBroken('feed', error);
    }
  }

  async #leave(callId: CallId): Promise<void> {
    const followed = this.#followed.get(callId);
    this.#followed.delete(callId);
    await followed?.stop();
  }
}
