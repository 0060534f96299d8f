/** What is watched in servers: turns of their loops, handles that they hold, and why they ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { nextOf } from '../../torture/attacks/lists.ts';
import { lastOutput } from '../../torture/watch/crashes.ts';
import { socketsIn } from '../../torture/watch/handles.ts';
import { longestOf } from '../../torture/watch/turns.ts';

test('a turn that uses the CPU for long is reported, and one that only waits is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'turns-'));
  const longestIn = async (name: string, program: string) => {
    const file = join(folder, name);
    const watcher = pathToFileURL(resolve('test/torture/watch/loopWatch.mjs')).href;
    const child = spawn(process.execPath, [`--import=${watcher}`, '--eval', program], {
      env: { ...process.env, NODE_OPTIONS: '', LOOP_WATCH_FILE: file },
      stdio: 'inherit',
    });
    await once(child, 'exit');
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    return Math.max(...lines.map((line) => Number(/"longestMs":([\d.]+)/.exec(line)?.[1])));
  };
  // Each stays long enough afterwards for the turn to be written down, and then ends by itself.
  const after = (turn: string) => `setTimeout(() => { ${turn}; setTimeout(() => {}, 1_500); }, 300)`;
  const busy = 'const c = process.cpuUsage(); while (process.cpuUsage(c).user < 200_000)';
  const asleep = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)';
  const [ofBusy, ofAsleep] = await Promise.all([longestIn('busy', after(busy)), longestIn('asleep', after(asleep))]);
  expect(ofBusy).toBeGreaterThan(150);
  expect(ofAsleep).toBeLessThan(150);
  await rm(folder, { recursive: true });
});

test('the longest turns are those within the given time', () => {
  const turn = (from: number, longestMs: number) => ({ pid: 1, from, to: from + 1_000, longestMs });
  const turns = [turn(0, 900), turn(1_000, 10), turn(2_000, 30), turn(3_000, 800)];
  const span = { from: 1_000, to: 3_500 };
  expect(longestOf(turns, span).map(({ longestMs }) => longestMs)).toEqual([30, 10]);
  // The start of a node that was started again is none of it.
  expect(longestOf(turns, span, new Map([[1, 2_000]])).map(({ longestMs }) => longestMs)).toEqual([30]);
});

test('sockets to one address are found in the kernel’s table', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0204540A:1130 0201540A:C350 01 00000000:00000000 00:00000000 00000000     0        0 4711 1 0',
    '   1: 0204540A:1130 0301540A:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0',
  ].join('\n');
  expect(socketsIn(table, '10.84.1.2')).toEqual(['socket:[4711]']);
});

test('the last output of a process is its error', () => {
  const logs =
    '{"msg":"the node serves"}\nnode:events:497\n      throw er;\n\nError: read ECONNRESET\n    at TCP.onStreamRead\n\nNode.js v20\n';
  expect(lastOutput(logs)).toBe('Error: read ECONNRESET');
  expect(lastOutput('')).toBe('');
});

test('the next page is found by its link, or by the cursor in the body', () => {
  expect(nextOf('</v1/users?after=x&limit=5>; rel="next"', 'y', '/v1/users')).toBe('/v1/users?after=x&limit=5');
  expect(nextOf(null, 'a b', '/v1/users')).toBe('/v1/users?after=a%20b');
  expect(nextOf(null, undefined, '/v1/users')).toBeUndefined();
});
