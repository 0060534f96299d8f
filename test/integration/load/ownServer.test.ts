/** The load tester with a server of its own: whatever happens while that starts, nothing of it is left. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startProgram } from '../../support/processes/program.ts';
import { waitFor } from '../../support/waitFor.ts';

const withinMs = 120_000;
const longestMs = 300_000;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-server-'));
});
afterEach(async () => {
  for (const { pid } of await processes()) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** All that have the folder of this test as their TMPDIR. */
async function processes(): Promise<readonly { readonly pid: number; readonly command: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => {
      // Of another user, or ended meanwhile.
      const [environment, command] = await Promise.all(
        ['environ', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
      );
      return environment?.includes(`TMPDIR=${folder}\0`) === true ? [{ pid, command: command ?? '' }] : [];
    }),
  );
  return all.flat();
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a load that gets %s while its server starts leaves no process and no folder',
  async (signal) => {
    const load = startProgram(['deploy/setup/load.mjs', '--seconds', '5'], { environment: { TMPDIR: folder } });
    await waitFor(
      'the server',
      async () => (await processes()).some(({ command }) => command.includes('dist/server.js')),
      { withinMs },
    );
    load.signal(signal);
    expect(await load.ended).toBe(1);
    expect(load.output()).toContain('Stopped');
    expect(await processes()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  },
  longestMs,
);
