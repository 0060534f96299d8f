/** Processes and what they have started. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';
import { ProcessWatch } from '../../../../src/load/run/processWatch.ts';
import { waitFor } from '../../../support/waitFor.ts';

const children: ChildProcess[] = [];
async function child(): Promise<ChildProcess> {
  const started = spawn('sleep', ['600']);
  children.push(started);
  await once(started, 'spawn');
  return started;
}
async function end(one: ChildProcess): Promise<void> {
  const ended = once(one, 'close');
  one.kill('SIGKILL');
  await ended;
}
afterEach(async () => {
  await Promise.all(
    children
      .splice(0)
      .filter((one) => one.signalCode === null)
      .map(end),
  );
});

test('a child keeps its figures when one before it ends', async () => {
  const [first, second] = [await child(), await child()];
  const watch = await ProcessWatch.start(new Map([['jest', process.pid]]));
  await end(first);
  const { cpu } = await waitFor('a look', () => watch.samples.at(-1));
  await watch.stop();
  expect(Object.keys(cpu)).toContain('jest');
  expect(Object.keys(cpu).filter((name) => name.startsWith('jest/sleep'))).toEqual([`jest/sleep-${second.pid}`]);
});
