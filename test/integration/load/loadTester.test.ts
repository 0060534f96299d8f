/** The load tester against a real server: it makes whole calls, and it tells what others hide. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { result } from '../../../src/load/figures/result.ts';
import type { LoadResult } from '../../../src/load/figures/result.ts';
import { startProgram } from '../../support/processes/program.ts';
import type { Program } from '../../support/processes/program.ts';
import { useServer } from '../../support/processes/useServer.ts';
import { waitFor } from '../../support/waitFor.ts';

const frozenMs = 2_000;
/** A busy machine takes its time to start the program and to make people. */
const callingWithinMs = 120_000;
const longestMs = 300_000;
/** A call is due every tenth of a second, so that one is due as soon as something freezes. */
const short = {
  name: 'short',
  about: 'A few calls.',
  rate: 10,
  seconds: 5,
  arrivals: 'even',
  ringMs: 0,
  talkMs: 200,
  giveUpMs: 30_000,
  thresholds: ['failed <= 0', 'setup.p99 < 1900'],
};

const suite = useServer({ VEILCAST_FULL_LOAD_PERCENT: '100' });
let folder: string;
let load: Program | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-test-'));
  await writeFile(join(folder, 'short.json'), JSON.stringify(short));
});
afterEach(async () => {
  // Also what a failed test has frozen ends.
  load?.signal('SIGKILL');
  await load?.ended;
  load = undefined;
});
afterAll(() => rm(folder, { recursive: true }));

function startLoad(): Program {
  const { url, apiKey, pid } = suite.server;
  const args = ['--url', url, '--scenario', join(folder, 'short.json'), '--seed', '1', '--out', folder];
  load = startProgram(['dist/load.js', ...args, '--watch', `node=${pid}`], {
    environment: { VEILCAST_API_KEY: apiKey },
  });
  return load;
}

/** From when calls are being made. */
async function freeze(started: Program, pid: number): Promise<void> {
  await waitFor('calls', () => started.output().includes('Calling:'), { withinMs: callingWithinMs });
  process.kill(pid, 'SIGSTOP');
  try {
    await new Promise((resolve) => setTimeout(resolve, frozenMs));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

async function written(): Promise<LoadResult> {
  return result.parse(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')));
}

test(
  'a server that freezes for two seconds is seen by those who were due meanwhile',
  async () => {
    const started = startLoad();
    await freeze(started, suite.server.pid);
    const code = await started.ended;
    const { attempted, failures, parts, media, thresholds, isMeasurement, processes } = await written();
    expect(attempted).toBe(49);
    // A node that was frozen may refuse calls for a moment, until it has reported its load again.
    expect(Object.keys(failures).filter((cause) => cause !== 'create: overloaded')).toEqual([]);
    // A tool that waits for one answer before it asks again would see one slow call of fifty.
    expect(parts.setup?.p99).toBeGreaterThanOrEqual(frozenMs - 100);
    expect(media?.packets).toBeGreaterThan(0);
    expect(thresholds.find(({ threshold }) => threshold.startsWith('setup'))?.met).toBe(false);
    expect(processes.map(({ name }) => name)).toContain('node');
    // Of a busy machine the generator itself may be the limit: then it says so.
    expect(code).toBe(isMeasurement ? 99 : 98);
    expect(started.output()).toContain('"scenario":"short","attempted":49,');
    for (const file of ['junit.xml', 'report.html'])
      expect(await readFile(join(folder, file), 'utf8')).toContain('short');
  },
  longestMs,
);

test(
  'a generator that is held up says that it was the limit',
  async () => {
    const started = startLoad();
    await freeze(started, started.pid);
    expect(await started.ended).toBe(98);
    const { isMeasurement, limit, late } = await written();
    expect(isMeasurement).toBe(false);
    expect(limit).toMatch(/^the generator: \d+ of 49 calls began late/);
    expect(late).toBeGreaterThan(0);
  },
  longestMs,
);

test(
  'a load that is stopped has its users erased',
  async () => {
    const started = startLoad();
    await waitFor('calls', () => started.output().includes('Calling:'), { withinMs: callingWithinMs });
    started.signal('SIGINT');
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain('Stopped before its end');
    expect(started.output()).not.toContain('Users of the run are left');
  },
  longestMs,
);
