/** What every Outbox must do. */
import { expect, test } from '@jest/globals';
import type { Transition } from '../../../src/ports/call/callStore.ts';
import type { OutboxEntry } from '../../../src/ports/call/outbox.ts';
import { waitFor } from '../../support/waitFor.ts';
import { newNames, story } from './callStore.contract.ts';
import type { CallsUnderTest } from './callStore.contract.ts';

const long = 60_000;

/** What the outbox keeps of a transition. */
export const owed = ({ call, events, effects }: Transition): OutboxEntry['transition'] => ({ call, events, effects });

export function outboxContract(under: () => CallsUnderTest): void {
  /** Leaves nothing of the tests before. */
  async function emptied(): Promise<CallsUnderTest> {
    const calls = under();
    const request = { reader: 'cleaner', max: 1000, waitMs: 0, takeOverMs: 1 };
    await waitFor('an empty outbox', async () => {
      await calls.pass(2);
      const entries = await calls.outbox.take(request);
      await calls.outbox.done(entries.map(({ id }) => id));
      return entries.length === 0;
    });
    return calls;
  }

  test('each saved transition is delivered once, in order, until it is done', async () => {
    const { store, outbox } = await emptied();
    const transitions = story(newNames());
    for (const transition of transitions) await store.save(transition);
    const given: OutboxEntry[] = [];
    while (given.length < transitions.length) {
      given.push(...(await outbox.take({ reader: 'r1', max: 2, waitMs: 1000, takeOverMs: long })));
    }
    expect(given.map(({ transition }) => transition)).toEqual(transitions.map(owed));
    await outbox.done(given.map(({ id }) => id));
    expect(await outbox.take({ reader: 'r1', max: 10, waitMs: 1, takeOverMs: long })).toEqual([]);
    await outbox.done([]);
  });

  test('two readers share the work and never get the same entry', async () => {
    const { store, outbox } = await emptied();
    for (let index = 0; index < 10; index += 1) for (const one of story(newNames())) await store.save(one);
    const taken = await Promise.all(
      ['r1', 'r2', 'r3'].map((reader) => outbox.take({ reader, max: 12, waitMs: 10, takeOverMs: long })),
    );
    const ids = taken.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(30);
    expect(ids).toHaveLength(30);
    await outbox.done(ids);
  });

  test('a waiting reader gets an entry as soon as it is saved', async () => {
    const { store, outbox } = await emptied();
    const waiting = outbox.take({ reader: 'r1', max: 10, waitMs: 30_000, takeOverMs: long });
    const [ringing] = story(newNames());
    await store.save(ringing);
    // Time counts for the reader of memory too: both wake by the save.
    const entries = await waiting;
    expect(entries.map(({ transition }) => transition)).toEqual([owed(ringing)]);
    await outbox.done(entries.map(({ id }) => id));
  });

  test('entries that a reader took and never finished go to another, but not before their time', async () => {
    const { store, outbox, pass } = await emptied();
    const [ringing] = story(newNames());
    await store.save(ringing);
    const [held] = await outbox.take({ reader: 'dead', max: 10, waitMs: 10, takeOverMs: long });
    expect(await outbox.take({ reader: 'alive', max: 10, waitMs: 1, takeOverMs: long })).toEqual([]);
    await pass(60);
    const again = await waitFor('the entry of the dead reader', async () => {
      const entries = await outbox.take({ reader: 'alive', max: 10, waitMs: 1, takeOverMs: 50 });
      return entries.length > 0 ? entries : undefined;
    });
    expect(again).toEqual([held]);
    await outbox.done(again.map(({ id }) => id));
    await outbox.done(again.map(({ id }) => id));
    await pass(60);
    expect(await outbox.take({ reader: 'alive', max: 10, waitMs: 1, takeOverMs: 50 })).toEqual([]);
  });
}
