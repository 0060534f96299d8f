/** What every CallStore does with what it lost and gets back. */
import { expect, test } from '@jest/globals';
import { timerEffects } from '../../../src/domain/call/deadlines.ts';
import type { CallChange } from '../../../src/ports/call/callFeed.ts';
import type { Restoration, Transition } from '../../../src/ports/call/callStore.ts';
import { waitFor } from '../../support/waitFor.ts';
import { newNames, newNodeId, step, story } from './callStore.contract.ts';
import type { CallsUnderTest } from './callStore.contract.ts';

/** The state after these, as it is put back. */
function putBack(transitions: readonly Transition[], over: Restoration['over']): Restoration {
  const last = transitions.at(-1);
  if (last === undefined) throw new Error('no transition');
  const events = transitions.flatMap((one) => one.events);
  return { call: last.call, events, effects: timerEffects(undefined, last.call), over };
}

export function restoreContract(under: () => CallsUnderTest): void {
  const owed = async (callId: string) => {
    const entries = await under().outbox.take({ reader: 'r1', max: 1000, waitMs: 1, takeOverMs: 60_000 });
    await under().outbox.done(entries.map(({ id }) => id));
    return entries.map(({ transition }) => transition).filter(({ call }) => call.id === callId);
  };

  test('a missing call is restored with its events and indexes; its timers are due, and no event is', async () => {
    const { store } = under();
    const names = newNames();
    const [ringing, active] = story(names);
    const lost = putBack([ringing, active], undefined);
    expect(await store.restore(lost)).toBe('saved');
    expect(await store.load(names.callId)).toEqual(active.call);
    expect(await store.eventsAfter(names.callId, 0)).toEqual([...ringing.events, ...active.events]);
    expect(await store.liveCallsOf(names.callee)).toEqual([active.call]);
    expect(await store.callsOn(names.nodeId)).toEqual({ callIds: [names.callId] });
    expect(await owed(names.callId)).toEqual([{ call: active.call, events: [], effects: lost.effects }]);
    expect(await store.restore(lost)).toBe('stale');
    const over = step(active.call, { name: 'leave', userId: names.callee });
    expect(await store.save(over)).toBe('saved');
    expect((await store.eventsAfter(names.callId, 0)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: over.call.lastEvent }, (_, index) => index + 1),
    );
  });

  test('restoring over an older state adds only what is missing, and sends that to webhooks', async () => {
    const { store } = under();
    const names = newNames();
    const [ringing, active] = story(names);
    await store.save(ringing);
    await owed(names.callId);
    expect(await store.restore(putBack([ringing, active], ringing.call))).toBe('saved');
    expect(await store.eventsAfter(names.callId, 0)).toEqual([...ringing.events, ...active.events]);
    expect((await owed(names.callId)).map(({ events }) => events)).toEqual([active.events]);
    expect(await store.ringingBetween(names.caller, names.callee)).toBeUndefined();
  });

  test('restoring never overwrites a newer state, nor another state than the one that was read', async () => {
    const { store } = under();
    const names = newNames();
    const [ringing, active, over] = story(names);
    for (const transition of [ringing, active, over]) await store.save(transition);
    expect(await store.restore(putBack([ringing, active], undefined))).toBe('stale');
    expect(await store.restore(putBack([ringing, active], ringing.call))).toBe('stale');
    expect(await store.load(names.callId)).toEqual(over.call);
  });

  test('restoring notifies devices and nodes of the current state but repeats no event, and updates the node indexes', async () => {
    const { store, feed } = under();
    const names = newNames();
    const to = newNodeId();
    const [ringing] = story(names);
    const moved = step(ringing.call, { name: 'rehome', from: names.nodeId, to, handover: true });
    await store.save(ringing);
    const heard: CallChange[] = [];
    const stops = await Promise.all([
      feed.onUser(names.callee, (change) => heard.push(change)),
      feed.onNode(names.nodeId, (change) => heard.push(change)),
      feed.onNode(to, (change) => heard.push(change)),
    ]);
    await store.restore(putBack([ringing, moved], ringing.call));
    await waitFor('all three', () => heard.length === 3);
    expect(heard).toEqual([1, 2, 3].map(() => ({ call: moved.call, events: [] })));
    expect(await store.callsOn(names.nodeId)).toEqual({ callIds: [] });
    expect(await store.callsOn(to)).toEqual({ callIds: [names.callId] });
    await Promise.all(stops.map((stop) => stop()));
  });
}
