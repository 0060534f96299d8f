/**
 * Proves that nobody learns anybody's address: calls between people in networks of their own, every packet captured, and
 * everything searched that they receive and that the operator keeps.
 *
 *   npm run prove:privacy [-- <names of scenarios> --moves=30 --longest-gap=2000]
 *
 * Needs root on Linux, to make networks. Progress goes to standard error, a report into `.tmp/proof/`; the last line of
 * standard output is one JSON object.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { runCarol } from './carol/carol.ts';
import { runProof } from './stage/runProof.ts';
import type { InsideOptions } from './stage/runProof.ts';
import { removeLeftovers, removeNetworks, whyNoNetworks } from '../support/networks/networks.ts';
import { makeNetworks } from './network/network.ts';
import { namespaceOf } from './stage/people.ts';

const folder = resolve('.tmp/proof');
const program = process.argv[1] ?? '';
/** How often a device changes its network in one call, unless `--moves` says otherwise. */
const defaultMoves = 5;
/**
 * What one change of network may cost, in ms, unless `--longest-gap` says otherwise, as where other work takes the
 * processor. Most of it is the time in which nothing comes and nobody can know yet.
 */
const defaultLongestGapMs = 2_000;
/** No scenario waits for longer than its own limits; this ends a run that hangs all the same. */
const longestMs = 300_000;

async function proveOutside(given: readonly string[]): Promise<number> {
  const why = await whyNoNetworks();
  if (why !== undefined) {
    console.error(`This proof makes networks of its own, and here it cannot: ${why}.`);
    return 2;
  }
  await removeLeftovers();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const run = process.pid;
  try {
    await makeNetworks(run);
    const inside = [process.execPath, '--enable-source-maps', program, 'inside', String(run), ...given];
    const child = spawn('ip', ['netns', 'exec', namespaceOf(run, 'server'), ...inside], { stdio: 'inherit' });
    // Also a second signal, such as one from the terminal and one from npm, leaves time to take the networks away.
    const passOn = () => void child.kill('SIGTERM');
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, passOn);
    const limit = setTimeout(passOn, longestMs);
    await once(child, 'exit');
    clearTimeout(limit);
    return child.exitCode ?? 1;
  } finally {
    await removeNetworks(run);
  }
}

function asked(given: readonly string[]): Pick<InsideOptions, 'only' | 'moves' | 'longestGapMs'> {
  const numberOf = (option: string, usual: number) =>
    Number(given.find((one) => one.startsWith(`${option}=`))?.slice(option.length + 1) ?? usual);
  return {
    only: given.filter((one) => !one.startsWith('--')),
    moves: numberOf('--moves', defaultMoves),
    longestGapMs: numberOf('--longest-gap', defaultLongestGapMs),
  };
}

const [role = '', run, ...given] = process.argv.slice(2);
if (role === 'carol') await runCarol();
else if (role === 'inside')
  process.exit((await runProof({ run: Number(run), folder, program, ...asked(given) })) ? 0 : 1);
else process.exitCode = await proveOutside(process.argv.slice(2));
