/** What every CallStore, with its index, outbox and feed, must do. */
import { expect, test } from '@jest/globals';
import type { Call } from '../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../src/domain/call/commands.ts';
import { decide } from '../../../src/domain/call/decide.ts';
import { maxEvents } from '../../../src/domain/call/events.ts';
import type { CallEvent } from '../../../src/domain/call/events.ts';
import type { CallId, NodeId } from '../../../src/domain/kernel/ids.ts';
import { callsOnNode } from '../../../src/commands/cluster/callsOnNode.ts';
import type { CallFeed } from '../../../src/ports/call/callFeed.ts';
import type { CallIndex } from '../../../src/ports/call/callIndex.ts';
import type { CallStore, Transition } from '../../../src/ports/call/callStore.ts';
import type { Outbox } from '../../../src/ports/call/outbox.ts';
import { changed, createCommand } from '../../support/calls.ts';
import { randomTail } from '../../support/redis/redis.ts';

export interface CallsUnderTest {
  readonly store: CallStore & CallIndex;
  readonly feed: CallFeed;
  readonly outbox: Outbox;
  /** Lets time pass. */
  readonly pass: (ms: number) => Promise<void>;
}

/** How long suites keep ended calls: a busy machine must have read them by then. */
export const endedCallTtlMs = 1_500;

export const newCallId = (): CallId => `call_${randomTail()}`;
export const newNodeId = (): NodeId => `node_${randomTail()}`;

export interface Names {
  readonly callId: CallId;
  readonly nodeId: NodeId;
  readonly caller: string;
  readonly callee: string;
}
export function newNames(): Names {
  const tail = randomTail().replaceAll('-', '_');
  return { callId: newCallId(), nodeId: newNodeId(), caller: `a_${tail}`, callee: `b_${tail}` };
}

export function step(call: Call | undefined, command: CallCommand): Transition {
  const { outcome: _, ...transition } = changed(decide(call, command, Date.now()));
  return transition;
}

export function created({ callId, nodeId, caller, callee }: Names): Transition {
  return step(undefined, { ...createCommand([callee]), callId, nodeId, caller });
}

/** A whole call: created, answered, hung up. */
export function story(names: Names): readonly [Transition, Transition, Transition] {
  const ringing = created(names);
  const active = step(ringing.call, { name: 'answer', userId: names.callee, deviceId: 'callee-phone' });
  return [ringing, active, step(active.call, { name: 'leave', userId: names.callee })];
}

export function callStoreContract(under: () => CallsUnderTest): void {
  test('a saved call is loaded unchanged, in every phase', async () => {
    const { store } = under();
    const names = newNames();
    expect(await store.load(names.callId)).toBeUndefined();
    for (const transition of story(names)) {
      expect(await store.save(transition)).toBe('saved');
      expect(await store.load(names.callId)).toEqual(transition.call);
    }
  });

  test('when two users call each other at once, only one call is created while it rings', async () => {
    const { store } = under();
    const [mine, theirs] = [newNames(), newNames()];
    const [caller, callee] = [mine.caller, mine.callee];
    const back = created({ ...theirs, caller: callee, callee: caller });
    const ringing = created(mine);
    const answers = await Promise.all([ringing, back].map((transition) => store.save(transition)));
    expect([...answers].sort()).toEqual(['crossed', 'saved']);
    const [stands, falls] = answers[0] === 'saved' ? [ringing, back] : [back, ringing];
    expect(await store.load(falls.call.id)).toBeUndefined();
    const rings = answers[0] === 'saved' ? store.ringingBetween(caller, callee) : store.ringingBetween(callee, caller);
    expect((await rings)?.id).toBe(stands.call.id);
    const cancelled = step(stands.call, { name: 'cancel', userId: stands === ringing ? caller : callee });
    await store.save(cancelled);
    expect(await store.ringingBetween(caller, callee)).toBeUndefined();
    expect(await store.save(falls)).toBe('saved');
  });

  test('an answered call does not block new calls between its participants', async () => {
    const { store } = under();
    const names = newNames();
    const [ringing, active] = story(names);
    await store.save(ringing);
    await store.save(active);
    const { caller, callee } = names;
    expect(await store.ringingBetween(caller, callee)).toBeUndefined();
    expect(await store.save(created({ ...newNames(), caller: callee, callee: caller }))).toBe('saved');
  });

  test('exactly one of several concurrent saves of a version succeeds', async () => {
    const { store } = under();
    const names = newNames();
    const first = await Promise.all(Array.from({ length: 20 }, () => store.save(created(names))));
    expect(first.filter((answer) => answer === 'saved')).toHaveLength(1);
    const ringing = await store.load(names.callId);
    const rivals: readonly CallCommand[] = [
      { name: 'answer', userId: names.callee, deviceId: 'callee-phone' },
      { name: 'decline', userId: names.callee },
      { name: 'cancel', userId: names.caller },
    ];
    const transitions = rivals.map((command) => step(ringing, command));
    const answers = await Promise.all(transitions.map((transition) => store.save(transition)));
    expect(answers.filter((answer) => answer === 'saved')).toHaveLength(1);
    const winner = transitions[answers.indexOf('saved')];
    expect(await store.load(names.callId)).toEqual(winner?.call);
  });

  test('a save with a version that does not follow the stored one is stale and changes nothing', async () => {
    const { store } = under();
    const names = newNames();
    const [ringing, active, over] = story(names);
    expect(await store.save(active)).toBe('stale');
    expect(await store.load(names.callId)).toBeUndefined();
    await store.save(ringing);
    expect(await store.save(over)).toBe('stale');
    expect(await store.eventsAfter(names.callId, 0)).toEqual(ringing.events);
  });

  test('events are numbered without gaps and kept in order', async () => {
    const { store } = under();
    const names = newNames();
    const transitions = story(names);
    for (const transition of transitions) await store.save(transition);
    const events = transitions.flatMap((transition) => transition.events);
    expect(await store.eventsAfter(names.callId, 0)).toEqual(events);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(await store.eventsAfter(names.callId, 2)).toEqual(events.slice(2));
    expect(await store.eventsAfter(names.callId, 99)).toEqual([]);
    expect(await store.eventsAfter(newCallId(), 0)).toEqual([]);
  });

  test('only the newest events of a call are kept, and they are read in pages', async () => {
    const { store } = under();
    const names = newNames();
    const [ringing, active] = story(names);
    await store.save(ringing);
    await store.save(active);
    let call = active.call;
    const eventsAtOnce = 300;
    for (let turn = 0; turn < 4; turn += 1) {
      const events = Array.from({ length: eventsAtOnce }, (_, index): CallEvent => ({
        type: 'call.held',
        userId: names.caller,
        callId: call.id,
        at: 5,
        seq: call.lastEvent + index + 1,
      }));
      call = { ...call, version: call.version + 1, lastEvent: call.lastEvent + eventsAtOnce };
      expect(await store.save({ call, events, effects: [], entered: [], gone: [] })).toBe('saved');
    }
    const first = call.lastEvent - maxEvents + 1;
    const numbers = async (after: number, limit?: number) =>
      (await store.eventsAfter(call.id, after, limit)).map(({ seq }) => seq);
    const from = (seq: number, count: number) => Array.from({ length: count }, (_, index) => seq + index);
    expect(await numbers(0)).toEqual(from(first, maxEvents));
    expect(await numbers(0, 3)).toEqual(from(first, 3));
    expect(await numbers(first + 10, 4)).toEqual(from(first + 11, 4));
    expect(await numbers(call.lastEvent - 2, 50)).toEqual([call.lastEvent - 1, call.lastEvent]);
    expect(await numbers(call.lastEvent, 50)).toEqual([]);
    await store.save(step(call, { name: 'leave', userId: names.callee }));
  });

  test('live calls are found by user, node and phase, and ended calls are not', async () => {
    const { store } = under();
    const names = newNames();
    const before = await store.countByPhase();
    const [ringing, active, over] = story(names);

    await store.save(ringing);
    expect(await store.liveCallsOf(names.caller)).toEqual([ringing.call]);
    expect(await store.liveCallsOf(names.callee)).toEqual([ringing.call]);
    expect(await store.callsOn(names.nodeId)).toEqual({ callIds: [names.callId] });
    expect(await store.nodesWithCalls()).toContain(names.nodeId);
    expect(await store.countByPhase()).toEqual({ ...before, ringing: before.ringing + 1 });

    await store.save(active);
    expect(await store.countByPhase()).toEqual({ ...before, active: before.active + 1 });

    await store.save(over);
    expect(await store.liveCallsOf(names.caller)).toEqual([]);
    expect(await store.callsOn(names.nodeId)).toEqual({ callIds: [] });
    expect(await store.nodesWithCalls()).not.toContain(names.nodeId);
    expect(await store.countByPhase()).toEqual(before);
  });

  test('the calls of a node come in complete pages', async () => {
    const { store } = under();
    const { nodeId } = newNames();
    const calls = Array.from({ length: 250 }, () => created({ ...newNames(), nodeId }));
    for (const call of calls) expect(await store.save(call)).toBe('saved');
    const first = await store.callsOn(nodeId);
    expect(first.callIds.length).toBeLessThan(calls.length);
    expect(first.next).toBeDefined();
    const found = new Set<string>();
    for await (const callId of callsOnNode(store, nodeId)) found.add(callId);
    expect([...found].toSorted()).toEqual(calls.map(({ call }) => call.id).toSorted());
  });

  test('live calls come in pages, each once, and ended calls do not', async () => {
    const { store } = under();
    const all = Array.from({ length: 9 }, () => story(newNames()));
    for (const [ringing, active] of all) {
      await store.save(ringing);
      await store.save(active);
    }
    const [gone] = all;
    if (gone === undefined) throw new Error('there is a first');
    await store.save(gone[2]);
    const seen: string[] = [];
    let after: CallId | undefined;
    do {
      const page = await store.liveCalls({ limit: 4, after });
      expect(page.calls.every(({ phase }) => phase !== 'ended')).toBe(true);
      seen.push(...page.calls.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    const mine = all.slice(1).map(([{ call }]) => call.id);
    expect(seen.filter((id) => mine.some((one) => one === id))).toEqual([...mine].sort());
    expect(seen).not.toContain(gone[0].call.id);
    expect(new Set(seen).size).toBe(seen.length);
    for (const [, , over] of all.slice(1)) await store.save(over);
  });

  test('a user who declined a call that continues is not in it', async () => {
    const { store } = under();
    const names = newNames();
    const { callId, nodeId, caller, callee } = names;
    const third = `${callee}.c`;
    const ringing = step(undefined, { ...createCommand([callee, third]), callId, nodeId, caller });
    const declined = step(ringing.call, { name: 'decline', userId: third });
    await store.save(ringing);
    await store.save(declined);
    expect(await store.liveCallsOf(third)).toEqual([]);
    expect(await store.liveCallsOf(callee)).toEqual([declined.call]);
  });

  test('a node stays listed while it has another call', async () => {
    const { store } = under();
    const names = newNames();
    const other = { ...newNames(), nodeId: names.nodeId };
    for (const transition of [...story(names), created(other)]) await store.save(transition);
    expect(await store.callsOn(names.nodeId)).toEqual({ callIds: [other.callId] });
    expect(await store.nodesWithCalls()).toContain(names.nodeId);
  });

  test('a moved call is found on its new node only, and by its users as before', async () => {
    const { store } = under();
    const names = newNames();
    const [other, to] = [{ ...newNames(), nodeId: names.nodeId }, newNodeId()];
    const before = await store.countByPhase();
    const ringing = created(names);
    await store.save(ringing);
    await store.save(created(other));
    const moved = step(ringing.call, { name: 'rehome', from: names.nodeId, to, handover: false });
    expect(await store.save(moved)).toBe('saved');
    expect(await store.callsOn(names.nodeId)).toEqual({ callIds: [other.callId] });
    expect(await store.callsOn(to)).toEqual({ callIds: [names.callId] });
    expect(await store.nodesWithCalls()).toEqual(expect.arrayContaining([names.nodeId, to]));
    expect(await store.liveCallsOf(names.caller)).toEqual([moved.call]);
    expect(await store.countByPhase()).toEqual({ ...before, ringing: before.ringing + 2 });

    const back = step(moved.call, { name: 'rehome', from: to, to: names.nodeId, handover: true });
    await store.save(back);
    expect(await store.callsOn(to)).toEqual({ callIds: [] });
    expect(await store.nodesWithCalls()).not.toContain(to);
    await store.save(step(back.call, { name: 'end' }));
    expect(await store.callsOn(names.nodeId)).toEqual({ callIds: [other.callId] });
  });

  test('an ended call can be read for its time to live; then the call and its events are deleted', async () => {
    const { store, pass } = under();
    const names = newNames();
    const transitions = story(names);
    for (const transition of transitions) await store.save(transition);
    expect((await store.load(names.callId))?.phase).toBe('ended');
    await pass(endedCallTtlMs + 50);
    expect(await store.load(names.callId)).toBeUndefined();
    expect(await store.eventsAfter(names.callId, 0)).toEqual([]);
  });
}
