/** The source of truth for calls, in Redis. */
import * as z from 'zod';
import type { Call } from '../../../domain/call/call.ts';
import { participantOf, ringingPair } from '../../../domain/call/call.ts';
import { rosterDiff } from '../../../domain/call/rosterDiff.ts';
import { maxEvents } from '../../../domain/call/events.ts';
import type { CallEvent } from '../../../domain/call/events.ts';
import type { CallId, NodeId, UserId } from '../../../domain/kernel/ids.ts';
import { saveAnswers } from '../../../ports/call/callStore.ts';
import type { CallIndex, CallsOnNode } from '../../../ports/call/callIndex.ts';
import type { CallStore, Restoration, SaveAnswer, Transition } from '../../../ports/call/callStore.ts';
import type { PageOf } from '../../../ports/system/paging.ts';
import { pageOfReadableIds } from '../schema/pageOfIds.ts';
import { setAsideOr } from '../schema/setAside.ts';
import type { Reading } from '../schema/setAside.ts';
import { storedCall, storedCallId, storedEvent, storedNodeId } from '../schema/persistedSchemas.ts';
import type { RedisConnection } from '../connection/connection.ts';
import { refusesWrites } from '../connection/operatorMessages.ts';
import type { RedisKeys } from '../schema/keys.ts';
import forgetMissing from './forgetMissing.lua';
import readEvents from './readEvents.lua';
import saveTransitionSource from './saveTransition.lua';
import { parsed, parsedJson, readable, readableIds } from '../schema/values.ts';
import { luaScript } from '../connection/luaScript.ts';

const saveTransition = luaScript(saveTransitionSource, { constants: { maxEvents } });
/** The same for endings: Redis (7 and newer) runs it even when memory is full. */
const saveEnding = `#!lua flags=allow-oom\n${saveTransition}`;

export interface RedisCallStoreOptions extends Reading {
  /** How long an ended call stays readable. */
  readonly endedCallTtlMs: number;
}

/** A transition, or a call that is put back, as the script takes it. */
interface Writing extends Transition {
  /** The version that must be stored now. */
  readonly over: number;
  readonly telling: 'new' | 'owed' | 'told';
}

/** SSCAN begins with it, and returns it at the end. */
const firstCursor = '0';
const callsInPage = 100;

/** Cache of parsed states: some megabytes at most. */
const maxRead = 256;

const storedTexts = z.array(z.string());
const saveAnswer = z.enum(saveAnswers);

export class RedisCallStore implements CallStore, CallIndex {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #endedCallTtlMs: number;
  readonly #lastRead = new Map<CallId, { readonly json: string; readonly call: Call }>();
  readonly #options: RedisCallStoreOptions;

  constructor(options: RedisCallStoreOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#keys = options.keys;
    this.#endedCallTtlMs = options.endedCallTtlMs;
  }

  /** An unreadable call counts as lost: its owner puts it back. */
  async load(callId: CallId): Promise<Call | undefined> {
    const key = this.#keys.call(callId);
    const json = await this.#connection.run((client) => client.hGet(key, 'state'), 0, [key]);
    if (json === null) return undefined;
    try {
      return this.#read(callId, json);
    } catch (error) {
      await setAsideOr(this.#options, { key, text: json, field: 'state' }, error);
      return undefined;
    }
  }

  /** When a large call changes, everybody in it asks for the same state: parse it once. */
  #read(callId: CallId, json: string): Call {
    const known = this.#lastRead.get(callId);
    if (known?.json === json) return known.call;
    const call = parsedJson(storedCall, json);
    if (this.#lastRead.size >= maxRead) this.#lastRead.clear();
    this.#lastRead.set(callId, { json, call });
    return call;
  }

  save(transition: Transition): Promise<SaveAnswer> {
    return this.#write({ ...transition, over: transition.call.version - 1, telling: 'new' });
  }

  async restore({ call, events, effects, over }: Restoration): Promise<'saved' | 'stale' | 'unwritable'> {
    const answer = await this.#write({
      call,
      effects,
      over: over?.version ?? 0,
      movedFrom: over?.nodeId ?? call.nodeId,
      // Everybody in it gets its state.
      entered: rosterDiff(undefined, call).entered,
      gone: rosterDiff(over, call).gone,
      events: events.filter(({ seq }) => seq > (over?.lastEvent ?? 0)),
      telling: over === undefined ? 'told' : 'owed',
    });
    return answer === 'saved' || answer === 'unwritable' ? answer : 'stale';
  }

  /** Redis passes messages on even while it refuses writes. */
  async announce({ call, events }: Transition): Promise<void> {
    const change = JSON.stringify({ call, events });
    const channels = [this.#keys.callChannel(call.id), this.#keys.nodeChannel(call.nodeId)];
    await this.#connection.run((client) => Promise.all(channels.map((channel) => client.publish(channel, change))));
  }

  async #write(writing: Writing): Promise<SaveAnswer> {
    try {
      return await this.#written(writing);
    } catch (error) {
      if (refusesWrites(error)) return 'unwritable';
      throw error;
    }
  }

  async #written(writing: Writing): Promise<SaveAnswer> {
    const { call, events, effects, movedFrom = call.nodeId, entered, gone, over, telling, bound } = writing;
    const keys = this.#keys;
    // When a call ends, remove it from all its participants, even if the indexes are wrong.
    const leaving = call.phase === 'ended' ? call.participants.map(({ userId }) => userId) : gone;
    const [first = '', second = ''] = call.participants.map(({ userId }) => userId);
    // Leaving and losing participants must work when Redis is full, too: such a save takes little, and soon frees more.
    // Other changes are refused before they come here.
    const isEnding = over > 0 && entered.length === 0;
    const answer = await this.#connection.script(
      isEnding ? saveEnding : saveTransition,
      [
        keys.call(call.id),
        keys.callEvents(call.id),
        keys.outbox,
        keys.nodesWithCalls,
        keys.callsOnNode(call.nodeId),
        keys.callsIn('ringing'),
        keys.callsIn('active'),
        keys.ringingBetween(first, second),
        keys.ringingBetween(second, first),
        keys.callsOnNode(movedFrom),
        keys.liveCalls,
        bound === undefined ? keys.call(call.id) : keys.callsOfUser(bound.userId),
        ...[...entered, ...leaving].map((userId) => keys.callsOfUser(userId)),
      ],
      [
        call.id,
        call.nodeId,
        String(over),
        String(call.version),
        call.phase,
        JSON.stringify(call),
        JSON.stringify(effects),
        String(this.#endedCallTtlMs),
        keys.nodeChannel(call.nodeId),
        ringingPair(call) === undefined ? '0' : '1',
        movedFrom,
        keys.nodeChannel(movedFrom),
        telling,
        keys.callChannel(call.id),
        String(events.length),
        String(entered.length),
        String(bound?.maxCalls ?? 0),
        ...events.map((event) => JSON.stringify(event)),
        ...entered.map((userId) => keys.userChannel(userId)),
      ],
    );
    return parsed(saveAnswer, answer);
  }

  async ringingBetween(caller: UserId, callee: UserId): Promise<Call | undefined> {
    const key = this.#keys.ringingBetween(caller, callee);
    const stored = await this.#connection.run((client) => client.get(key), 0, [key]);
    const [callId] = this.#ids(stored === null ? [] : [stored]);
    const call = callId === undefined ? undefined : await this.load(callId);
    // It would block the next call between the two.
    if (stored !== null && call === undefined) await this.#options.setAside?.unreadable(this.#connection, key, stored);
    return call;
  }

  async liveCallsOf(userId: UserId): Promise<readonly Call[]> {
    const key = this.#keys.callsOfUser(userId);
    const ids = this.#ids(await this.#connection.run((client) => client.sMembers(key), 0, [key]));
    const calls = await this.#listed(key, ids);
    // It may have ended between the two reads.
    return calls.filter((call) => call.phase !== 'ended' && participantOf(call, userId)?.state !== 'gone');
  }

  async liveCalls(page: PageOf<CallId>): Promise<{ calls: readonly Call[]; next?: CallId }> {
    const key = this.#keys.liveCalls;
    const readable = (found: readonly string[]) => this.#ids(found);
    const { ids, ...more } = await this.#connection.run((client) => pageOfReadableIds(client, key, { page, readable }));
    const calls = await this.#listed(key, ids);
    return {
      // One may have ended between the two reads.
      calls: calls.filter(({ phase }) => phase !== 'ended'),
      ...more,
    };
  }

  async callsOn(nodeId: NodeId, from = firstCursor): Promise<CallsOnNode> {
    const key = this.#keys.callsOnNode(nodeId);
    const { cursor, members } = await this.#connection.run(
      (client) => client.sScan(key, from, { COUNT: callsInPage }),
      0,
      [key],
    );
    return { callIds: this.#ids(members), ...(cursor === firstCursor ? {} : { next: cursor }) };
  }

  async nodesWithCalls(): Promise<readonly NodeId[]> {
    const ids = await this.#connection.run((client) => client.sMembers(this.#keys.nodesWithCalls));
    return readableIds(storedNodeId, ids, this.#leftOut('id of a node with calls'));
  }

  async eventsAfter(callId: CallId, after: number, limit: number = maxEvents): Promise<readonly CallEvent[]> {
    const values = [String(Math.max(0, after)), String(limit)];
    const stored = await this.#connection.script(readEvents, [this.#keys.callEvents(callId)], values);
    return readable(storedEvent, parsed(storedTexts, stored), this.#leftOut('event'));
  }

  /** Calls that an index names. Missing ones are removed from the index: they would count for ever. */
  async #listed(index: string, callIds: readonly CallId[]): Promise<readonly Call[]> {
    const calls = await Promise.all(callIds.map((callId) => this.load(callId)));
    const missing = callIds.filter((_, place) => calls[place] === undefined);
    if (missing.length > 0) await this.#forget(index, missing);
    return calls.filter((call) => call !== undefined);
  }

  async #forget(index: string, missing: readonly CallId[]): Promise<void> {
    const keys = [index, ...missing.map((callId) => this.#keys.call(callId))];
    try {
      await this.#connection.script(forgetMissing, keys, [...missing]);
    } catch (error) {
      // The next read does it.
      if (!refusesWrites(error)) throw error;
    }
  }

  #ids(found: readonly unknown[]): readonly CallId[] {
    return readableIds(storedCallId, found, this.#leftOut('id of a call'));
  }

  #leftOut(what: string): (error: unknown) => void {
    return (error) => this.#options.onUnreadable?.(what, error);
  }

  async countByPhase(): Promise<Readonly<Record<'ringing' | 'active', number>>> {
    const [ringing, active] = await this.#connection.run((client) =>
      Promise.all([client.sCard(this.#keys.callsIn('ringing')), client.sCard(this.#keys.callsIn('active'))]),
    );
    return { ringing, active };
  }
}
