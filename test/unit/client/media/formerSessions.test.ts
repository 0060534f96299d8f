/** When a session that another one follows is left. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { FormerSessions } from '../../../../src/client/media/formerSessions.ts';

let needed: Set<string>;
let finished: { session: string; wasAlive: boolean }[];
let former: FormerSessions<string>;

beforeEach(() => {
  jest.useFakeTimers();
  needed = new Set(['old']);
  finished = [];
  former = new FormerSessions<string>({
    isNeeded: (session) => needed.has(session),
    finished: (session, wasAlive) => finished.push({ session, wasAlive }),
  });
});
afterEach(() => {
  jest.useRealTimers();
});

test('stays while media arrives on it, and a little longer for the others', () => {
  former.add('old', true);
  former.tracksChanged();
  jest.advanceTimersByTime(1_000);
  expect(former.alive).toEqual(['old']);
  needed.clear();
  former.tracksChanged();
  jest.advanceTimersByTime(2_400);
  expect(finished).toEqual([]);
  jest.advanceTimersByTime(200);
  expect(finished).toEqual([{ session: 'old', wasAlive: true }]);
  expect(former.alive).toEqual([]);
});

test('stays five seconds if the new session lacks some media, or the old one had none', () => {
  needed.add('silent');
  for (const session of ['old', 'silent']) former.add(session, true);
  jest.advanceTimersByTime(4_900);
  expect(finished).toEqual([]);
  jest.advanceTimersByTime(200);
  expect(finished.map(({ session }) => session)).toEqual(['old', 'silent']);
});

test('closes at once when it is dead and none of its video is visible any more', () => {
  former.add('old', false);
  expect(former.alive).toEqual([]);
  needed.clear();
  former.tracksChanged();
  jest.advanceTimersByTime(1);
  expect(finished).toEqual([{ session: 'old', wasAlive: false }]);
});

test('the newest working one is used again when its successor fails, and stays open', () => {
  for (const session of ['older', 'old', 'dead']) former.add(session, session !== 'dead');
  expect(former.takeBack()).toBe('old');
  expect(former.has('old')).toBe(false);
  former.died('older');
  expect(former.takeBack()).toBeUndefined();
  jest.advanceTimersByTime(10_000);
  expect(finished.map(({ session, wasAlive }) => [session, wasAlive])).toEqual([
    ['older', false],
    ['dead', false],
  ]);
});
