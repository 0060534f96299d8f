/** A kill is known by the process that is gone and by where the sessions are, not by a silence that may be too short. */
import { expect, test } from '@jest/globals';
import { missedKill, workerOf } from '../../chaos/judge/kill.ts';
import type { Kill } from '../../chaos/judge/kill.ts';
import { isGone, workerStartsIn } from '../../chaos/stage/processes.ts';

const starts = [
  { pid: 1, port: 400, at: 100 },
  { pid: 2, port: 401, at: 100 },
  { pid: 3, port: 400, at: 600 },
];
const good: Kill = {
  pid: 1,
  isGone: true,
  starts,
  before: [{ device: 'alice', port: 400, since: 200 }],
  after: [{ device: 'alice', port: 401, since: 550 }],
};
const rules = (kill: Kill) => missedKill(kill).map(({ rule, what }) => `${rule}: ${what}`);

test('a session belongs to the newest worker that listened on its port when it was created', () => {
  expect(workerOf({ device: 'alice', port: 400, since: 599 }, starts)).toBe(1);
  expect(workerOf({ device: 'alice', port: 400, since: 601 }, starts)).toBe(3);
  expect(workerOf({ device: 'alice', port: 9, since: 601 }, starts)).toBeUndefined();
});

test('a worker counts as killed if it is gone and its sessions are on another worker or on its successor', () => {
  expect(missedKill(good)).toEqual([]);
  expect(missedKill({ ...good, after: [{ device: 'alice', port: 400, since: 700 }] })).toEqual([]);
});

test.each<[string, Partial<Kill>, string]>([
  ['a worker that still runs', { isGone: false }, 'kill missed: media worker 1 still runs'],
  ['a worker without sessions', { before: [] }, 'kill missed: there was no session to take away'],
  [
    'a session that had been on another worker',
    { before: [{ device: 'alice', port: 401, since: 200 }] },
    'kill missed: alice was on another media worker',
  ],
  [
    'a session that stayed on the same worker',
    { after: [{ device: 'alice', port: 400, since: 200 }] },
    'kill missed: alice is not on another media worker',
  ],
  ['a session that is gone', { after: [] }, 'kill missed: alice is not on another media worker'],
])('finds %s', (_, changes, rule) => {
  expect(rules({ ...good, ...changes })).toEqual([rule]);
});

test('worker starts are read from the log of their node', () => {
  const line =
    '{"level":"info","time":"2026-01-02T03:04:05.006Z","name":"node","pid":7,"port":44400,"msg":"a media worker runs"}';
  expect(workerStartsIn(`{"msg":"other"}\n${line}\n`)).toEqual([
    { pid: 7, port: 44400, at: Date.UTC(2026, 0, 2, 3, 4, 5, 6) },
  ]);
});

test('the running process is not gone', async () => {
  expect(await isGone(process.pid)).toBe(false);
});
