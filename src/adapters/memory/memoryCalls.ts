/** Calls in this process: store, feed and outbox over one map, since each save concerns all three. */
import { participantOf, presentOf, ringingPair } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import { rosterDiff } from '../../domain/call/rosterDiff.ts';
import { keptEvents, maxEvents } from '../../domain/call/events.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { CallId, Instant, NodeId, UserId } from '../../domain/kernel/ids.ts';
import type { CallFeed, OnCallChange, StopListening } from '../../ports/call/callFeed.ts';
import type { CallIndex, CallsOnNode } from '../../ports/call/callIndex.ts';
import type { CallStore, Restoration, SaveAnswer, Transition } from '../../ports/call/callStore.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { Outbox, OutboxEntry } from '../../ports/call/outbox.ts';
import type { PageOf } from '../../ports/system/paging.ts';
import { pageOfIds } from './pageOfIds.ts';

export interface MemoryCallsOptions {
  readonly clock: Clock;
  readonly endedCallTtlMs: number;
}

interface Stored {
  readonly call: Call;
  readonly events: readonly CallEvent[];
}
interface Owed extends OutboxEntry {
  taken: { readonly by: string; readonly at: Instant } | undefined;
}

const callsInPage = 100;

export class MemoryCalls implements CallStore, CallIndex, CallFeed, Outbox {
  readonly #clock: Clock;
  readonly #endedCallTtlMs: number;
  readonly #calls = new Map<CallId, Stored>();
  readonly #listeners = new Map<string, Set<OnCallChange>>();
  readonly #owed = new Map<string, Owed>();
  readonly #waiting = new Set<() => void>();
  #entries = 0;

  constructor({ clock, endedCallTtlMs }: MemoryCallsOptions) {
    this.#clock = clock;
    this.#endedCallTtlMs = endedCallTtlMs;
  }

  load(callId: CallId): Promise<Call | undefined> {
    return Promise.resolve(structuredClone(this.#kept(callId)?.call));
  }

  save(given: Transition): Promise<SaveAnswer> {
    const transition = structuredClone(given);
    const { call, events } = transition;
    const before = this.#kept(call.id);
    if ((before?.call.version ?? 0) !== call.version - 1) return Promise.resolve('stale');
    const pair = before === undefined ? ringingPair(call) : undefined;
    if (pair !== undefined && this.#ringing(pair.callee, pair.caller)) return Promise.resolve('crossed');
    if (this.#isFull(transition)) return Promise.resolve('full');
    const all = [...(before?.events ?? []), ...events];
    this.#write({ call, events: all }, { call, events, effects: transition.effects }, () => {
      this.#announce({ call, events }, transition);
    });
    return Promise.resolve('saved');
  }

  restore(given: Restoration): ReturnType<CallStore['restore']> {
    const { call, events, effects, over } = structuredClone(given);
    if (this.#kept(call.id)?.call.version !== over?.version) return Promise.resolve('stale');
    const lost = events.filter(({ seq }) => seq > (over?.lastEvent ?? 0));
    this.#write({ call, events }, { call, effects, events: over === undefined ? [] : lost }, () => {
      this.#announce({ call, events: [] }, { movedFrom: over?.nodeId, gone: rosterDiff(over, call).gone });
    });
    return Promise.resolve('saved');
  }

  announce(transition: Transition): Promise<void> {
    const { call, events } = structuredClone(transition);
    queueMicrotask(() => {
      this.#announce({ call, events }, transition);
    });
    return Promise.resolve();
  }

  ringingBetween(caller: UserId, callee: UserId): Promise<Call | undefined> {
    return Promise.resolve(structuredClone(this.#ringing(caller, callee)));
  }

  liveCallsOf(userId: UserId): Promise<readonly Call[]> {
    const theirs = this.#live().filter((call) => (participantOf(call, userId)?.state ?? 'gone') !== 'gone');
    return Promise.resolve(structuredClone(theirs));
  }

  liveCalls(page: PageOf<CallId>) {
    const live = new Map(this.#live().map((call) => [call.id, call]));
    const { ids, ...more } = pageOfIds(live.keys(), page);
    return Promise.resolve({ calls: structuredClone(ids.flatMap((id) => live.get(id) ?? [])), ...more });
  }

  callsOn(nodeId: NodeId, from?: string): Promise<CallsOnNode> {
    const there = this.#live().filter((call) => call.nodeId === nodeId);
    const ids = there
      .map((call) => call.id)
      .filter((id) => id > (from ?? ''))
      .sort();
    const callIds = ids.slice(0, callsInPage);
    const last = callIds.at(-1);
    return Promise.resolve({ callIds, ...(ids.length > callIds.length && last !== undefined ? { next: last } : {}) });
  }

  nodesWithCalls(): Promise<readonly NodeId[]> {
    return Promise.resolve([...new Set(this.#live().map((call) => call.nodeId))]);
  }

  eventsAfter(callId: CallId, after: number, limit: number = maxEvents): Promise<readonly CallEvent[]> {
    const events = this.#kept(callId)?.events ?? [];
    return Promise.resolve(structuredClone(events.filter(({ seq }) => seq > after).slice(0, limit)));
  }

  countByPhase(): Promise<Readonly<Record<'ringing' | 'active', number>>> {
    const live = this.#live();
    const ringing = live.filter(({ phase }) => phase === 'ringing').length;
    return Promise.resolve({ ringing, active: live.length - ringing });
  }

  onUser(userId: UserId, listener: OnCallChange): Promise<StopListening> {
    return this.#listen(`user ${userId}`, listener);
  }

  onCall(callId: CallId, listener: OnCallChange): Promise<StopListening> {
    return this.#listen(`call ${callId}`, listener);
  }

  onNode(nodeId: NodeId, listener: OnCallChange): Promise<StopListening> {
    return this.#listen(`node ${nodeId}`, listener);
  }

  /** There are no gaps in memory. */
  onGap(): void {
    return undefined;
  }

  async take({ reader, max, waitMs, takeOverMs }: { reader: string; max: number; waitMs: number; takeOverMs: number }) {
    const entries = this.#free(max, takeOverMs);
    if (entries.length === 0 && waitMs > 0) {
      await this.#nextSave(waitMs);
      entries.push(...this.#free(max, takeOverMs));
    }
    for (const entry of entries) entry.taken = { by: reader, at: this.#clock.now() };
    return structuredClone(entries.map(({ id, transition }): OutboxEntry => ({ id, transition })));
  }

  done(entryIds: readonly string[]): Promise<void> {
    for (const id of entryIds) this.#owed.delete(id);
    return Promise.resolve();
  }

  setAside({ id }: OutboxEntry): Promise<void> {
    this.#owed.delete(id);
    return Promise.resolve();
  }

  #write(stored: Stored, transition: OutboxEntry['transition'], announce: () => void): void {
    this.#calls.set(stored.call.id, { ...stored, events: keptEvents(stored.events) });
    this.#entries += 1;
    const id = String(this.#entries);
    this.#owed.set(id, { id, transition, taken: undefined });
    for (const wake of this.#waiting) wake();
    queueMicrotask(announce);
  }

  #kept(callId: CallId): Stored | undefined {
    const stored = this.#calls.get(callId);
    if (stored?.call.phase !== 'ended') return stored;
    if (this.#clock.now() < stored.call.endedAt + this.#endedCallTtlMs) return stored;
    this.#calls.delete(callId);
    return undefined;
  }

  #ringing(caller: UserId, callee: UserId): Call | undefined {
    return this.#live().findLast((call) => {
      const pair = ringingPair(call);
      return pair?.caller === caller && pair.callee === callee;
    });
  }

  #live(): Call[] {
    return [...this.#calls.values()].map(({ call }) => call).filter(({ phase }) => phase !== 'ended');
  }

  #isFull({ call, bound }: Transition): boolean {
    if (bound === undefined) return false;
    const theirs = this.#live().filter((one) => (participantOf(one, bound.userId)?.state ?? 'gone') !== 'gone');
    return theirs.every(({ id }) => id !== call.id) && theirs.length >= bound.maxCalls;
  }

  #free(max: number, takeOverMs: number): Owed[] {
    const now = this.#clock.now();
    const free = [...this.#owed.values()].filter(({ taken }) => taken === undefined || now - taken.at >= takeOverMs);
    return free.slice(0, max);
  }

  #nextSave(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#waiting.add(wake);
    });
  }

  #listen(channel: string, listener: OnCallChange): Promise<StopListening> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    const own: OnCallChange = (change) => {
      listener(change);
    };
    listeners.add(own);
    return Promise.resolve(() => {
      listeners.delete(own);
      return Promise.resolve();
    });
  }

  #announce(change: Stored, { movedFrom, gone }: { movedFrom?: NodeId | undefined; gone: readonly UserId[] }): void {
    const { call } = change;
    const nodes = new Set([call.nodeId, movedFrom ?? call.nodeId]);
    const channels = [
      `call ${call.id}`,
      ...[...presentOf(call).map(({ userId }) => userId), ...gone].map((userId) => `user ${userId}`),
      ...[...nodes].map((nodeId) => `node ${nodeId}`),
    ];
    for (const channel of channels) {
      for (const listener of this.#listeners.get(channel) ?? []) listener(structuredClone(change));
    }
  }
}
