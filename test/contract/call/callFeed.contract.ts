/** What every CallFeed must do. */
import { expect, test } from '@jest/globals';
import type { CallCommand } from '../../../src/domain/call/commands.ts';
import type { CallChange } from '../../../src/ports/call/callFeed.ts';
import { waitFor } from '../../support/waitFor.ts';
import { created, newNames, newNodeId, step, story } from './callStore.contract.ts';
import type { CallsUnderTest } from './callStore.contract.ts';

function lastOf<T>(all: readonly T[]): T {
  const last = all.at(-1);
  if (last === undefined) throw new Error('there is none');
  return last;
}

export function callFeedContract(under: () => CallsUnderTest): void {
  test('each saved transition reaches its participants and its node once, in order', async () => {
    const { store, feed } = under();
    const names = newNames();
    const heard: Record<'caller' | 'callee' | 'node', CallChange[]> = { caller: [], callee: [], node: [] };
    const stops = await Promise.all([
      feed.onUser(names.caller, (change) => heard.caller.push(change)),
      feed.onUser(names.callee, (change) => heard.callee.push(change)),
      feed.onNode(names.nodeId, (change) => heard.node.push(change)),
    ]);
    const transitions = story(names);
    for (const transition of transitions) await store.save(transition);
    await waitFor('all to have heard', () => Object.values(heard).every((all) => all.at(-1)?.call.phase === 'ended'));
    expect(heard.node).toEqual(transitions.map(({ call, events }) => ({ call, events })));
    // Of changes that follow each other at once one may tell a participant what the ones before it did.
    const told = transitions.flatMap(({ events }) => events);
    for (const all of [heard.caller, heard.callee]) {
      expect(all.flatMap(({ events }) => events)).toEqual(told);
      expect(all[0]).toEqual(heard.node[0]);
      expect(all.at(-1)?.call).toEqual(heard.node.at(-1)?.call);
      const versions = all.map(({ call }) => call.version);
      expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
    }
    await Promise.all(stops.map((stop) => stop()));
  });

  test('a moved call is announced to its old node and to its new one', async () => {
    const { store, feed } = under();
    const [names, other] = [newNames(), newNames()];
    const heard: Record<'old' | 'new' | 'callee', number[]> = { old: [], new: [], callee: [] };
    const stops = await Promise.all([
      feed.onNode(names.nodeId, ({ call }) => heard.old.push(call.ownerTerm)),
      feed.onNode(other.nodeId, ({ call }) => heard.new.push(call.ownerTerm)),
      feed.onUser(names.callee, ({ call }) => heard.callee.push(call.ownerTerm)),
    ]);
    const ringing = created(names);
    await store.save(ringing);
    const moved = step(ringing.call, { name: 'rehome', from: names.nodeId, to: other.nodeId, handover: true });
    await waitFor('the callee to have heard', () => heard.callee.length === 1);
    await store.save(moved);
    await waitFor('the callee to have heard of the move', () => heard.callee.length === 2);
    await store.save(step(moved.call, { name: 'end' }));
    await waitFor('all to have heard', () => heard.callee.length === 3 && heard.new.length === 2);
    expect(heard).toEqual({ old: [1, 2], new: [2, 2], callee: [1, 2, 2] });
    await Promise.all(stops.map((stop) => stop()));
  });

  test('a participant who joins late, leaves and comes back gets the events of their time in the call, once', async () => {
    const { store, feed } = under();
    const names = newNames();
    const [late, host] = [`${names.callee}.late`, names.caller];
    const heard: CallChange[] = [];
    const stop = await feed.onUser(late, (change) => heard.push(change));
    const transitions = [created(names)];
    const act = async (command: CallCommand, hears = true): Promise<void> => {
      transitions.push(step(transitions.at(-1)?.call, command));
      const { call } = lastOf(transitions);
      await store.save(lastOf(transitions));
      if (hears) await waitFor(command.name, () => heard.at(-1)?.call.version === call.version);
    };
    const presence = (name: 'sessionJoined' | 'sessionLost'): CallCommand => ({
      name,
      userId: host,
      deviceId: 'alice-phone',
      ownerTerm: 1,
    });
    await store.save(lastOf(transitions));
    await act({ name: 'answer', userId: names.callee, deviceId: 'callee-phone' }, false);
    const before = transitions.length;
    await act({ name: 'invite', userId: host, invitees: [late] });
    await act({ name: 'answer', userId: late, deviceId: 'late-phone' });
    await act(presence('sessionJoined'));
    await act({ name: 'leave', userId: late });
    const between = transitions.length;
    await act(presence('sessionLost'), false);
    const back = transitions.length;
    await act({ name: 'rejoin', userId: late, deviceId: 'late-phone' });
    await act(presence('sessionJoined'));
    await act({ name: 'end' });
    const theirs = [...transitions.slice(before, between), ...transitions.slice(back)];
    const events = () => heard.flatMap((change) => change.events);
    expect(events()).toEqual(theirs.flatMap((transition) => transition.events));
    expect(heard.at(-1)?.call).toEqual(lastOf(transitions).call);
    await stop();
  });

  test('fast joins and leaves are followed to the end', async () => {
    const { store, feed } = under();
    const names = newNames();
    const late = `${names.callee}.late`;
    const heard: CallChange[] = [];
    const stop = await feed.onUser(late, (change) => heard.push(change));
    let transition = created(names);
    const act = async (command: CallCommand): Promise<void> => {
      transition = step(transition.call, command);
      await store.save(transition);
    };
    await store.save(transition);
    await act({ name: 'answer', userId: names.callee, deviceId: 'callee-phone' });
    await act({ name: 'invite', userId: names.caller, invitees: [late] });
    await act({ name: 'answer', userId: late, deviceId: 'late-phone' });
    await act({ name: 'leave', userId: late });
    await act({ name: 'rejoin', userId: late, deviceId: 'late-phone' });
    await act({ name: 'rehome', from: names.nodeId, to: newNodeId(), handover: true });
    await waitFor('the newest state', () => heard.at(-1)?.call.version === transition.call.version);
    await act({ name: 'end' });
    await waitFor('the end', () => heard.at(-1)?.call.phase === 'ended');
    const versions = heard.map(({ call }) => call.version);
    expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
    await stop();
  });

  test('a subscriber in mid-call gets all later changes', async () => {
    const { store, feed } = under();
    const names = newNames();
    const [ringing, active, over] = story(names);
    await store.save(ringing);
    const heard: Record<'user' | 'call', CallChange[]> = { user: [], call: [] };
    const stops = await Promise.all([
      feed.onUser(names.callee, (change) => heard.user.push(change)),
      feed.onCall(names.callId, (change) => heard.call.push(change)),
    ]);
    await store.save(active);
    await store.save(over);
    const changes = [active, over].map(({ call, events }) => ({ call, events }));
    await waitFor('all to have heard', () => Object.values(heard).every(({ length }) => length >= changes.length));
    expect(heard).toEqual({ user: changes, call: changes });
    await Promise.all(stops.map((stop) => stop()));
  });

  test('an announced state can be loaded', async () => {
    const { store, feed } = under();
    const names = newNames();
    const loaded: unknown[] = [];
    const stop = await feed.onUser(names.callee, ({ call }) => {
      void store.load(call.id).then((found) => loaded.push(found));
    });
    const [ringing] = story(names);
    await store.save(ringing);
    await waitFor('the announced call', () => loaded.length === 1);
    expect(loaded).toEqual([ringing.call]);
    await stop();
  });

  test('a stale save is not announced, and others get nothing', async () => {
    const { store, feed } = under();
    const names = newNames();
    const stranger = newNames();
    const heard: CallChange[] = [];
    const overheard: CallChange[] = [];
    const stops = await Promise.all([
      feed.onUser(names.callee, (change) => heard.push(change)),
      feed.onUser(stranger.callee, (change) => overheard.push(change)),
    ]);
    const [ringing, active, over] = story(names);
    for (const transition of [ringing, ringing, over, active]) await store.save(transition);
    await waitFor('the second change', () => heard.at(-1)?.call.version === 2);
    expect(heard.flatMap(({ events }) => events)).toEqual([...ringing.events, ...active.events]);
    expect(overheard).toEqual([]);
    await Promise.all(stops.map((stop) => stop()));
  });

  test('several subscribers of one user stop independently, and stopping twice is harmless', async () => {
    const { store, feed } = under();
    const names = newNames();
    const first: number[] = [];
    const second: number[] = [];
    const [stopFirst, stopSecond] = await Promise.all([
      feed.onUser(names.callee, ({ call }) => first.push(call.version)),
      feed.onUser(names.callee, ({ call }) => second.push(call.version)),
    ]);
    const [ringing, active, over] = story(names);
    await store.save(ringing);
    await waitFor('both', () => first.length === 1 && second.length === 1);
    await stopFirst();
    await stopFirst();
    await store.save(active);
    await waitFor('the one that is left', () => second.length === 2);
    await stopSecond();
    const third: number[] = [];
    const stopThird = await feed.onUser(names.callee, ({ call }) => third.push(call.version));
    await store.save(over);
    await waitFor('the new one', () => third.length === 1);
    expect([first, second, third]).toEqual([[1], [1, 2], [3]]);
    await stopThird();
  });
}
