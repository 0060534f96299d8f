import { expect, test } from '@jest/globals';
import type { CallId } from '../../../../src/domain/kernel/ids.ts';
import { CallTurns } from '../../../../src/commands/call/running/callTurns.ts';

const callId: CallId = 'call_0123456789012345678901';
const otherId: CallId = 'call_1123456789012345678901';

interface Held {
  readonly work: () => Promise<string>;
  readonly end: (result: string) => void;
}
function held(): Held {
  let end: (result: string) => void = () => undefined;
  const result = new Promise<string>((resolve) => {
    end = resolve;
  });
  return { work: () => result, end };
}

test('work on one call runs in order, and work on different calls runs in parallel', async () => {
  const turns = new CallTurns();
  const done: string[] = [];
  const first = held();
  const noted = (name: string) => () => Promise.resolve(done.push(name));
  const all = [turns.take(callId, first.work), turns.take(callId, noted('b')), turns.take(callId, noted('c'))];
  await turns.take(otherId, noted('other'));
  expect(done).toEqual(['other']);
  first.end('a');
  await Promise.all(all);
  expect(done).toEqual(['other', 'b', 'c']);
});

test('failing work rejects only its own caller, and the next runs', async () => {
  const turns = new CallTurns();
  const failing = turns.take(callId, () => Promise.reject(new Error('no')));
  const next = turns.take(callId, () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});

test('a full queue accepts no more, and work whose turn does not come is dropped without starting', async () => {
  const turns = new CallTurns({ maxWaiting: 2, longestWaitMs: 20 });
  const first = held();
  const begun: string[] = [];
  const stuck = turns.take(callId, first.work);
  const second = turns.take(callId, () => Promise.resolve(begun.push('second')));
  await expect(turns.take(callId, () => Promise.resolve())).rejects.toMatchObject({ code: 'busy' });
  await expect(second).rejects.toMatchObject({ code: 'unavailable' });
  first.end('a');
  expect(await stuck).toBe('a');
  expect(await turns.take(callId, () => Promise.resolve('third'))).toBe('third');
  expect(begun).toEqual([]);
});
