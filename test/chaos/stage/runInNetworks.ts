/** Makes the machines of a play, and plays it again inside the one of the clients. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  makeNetworks,
  namespaceOf,
  removeLeftovers,
  removeNetworks,
  whyNoNetworks,
} from '../../support/networks/networks.ts';
import { hosts } from './machines.ts';

/** Starts this very program again with `--inside`, on the clients' machine; answers its exit code. */
export async function runInNetworks(longestMs: number): Promise<number> {
  const why = await whyNoNetworks();
  if (why !== undefined) {
    console.error(`Machines are made as networks of their own, and here they cannot: ${why}.`);
    return 2;
  }
  await removeLeftovers();
  const run = process.pid;
  try {
    await makeNetworks(run, hosts);
    const [, program = '', ...args] = process.argv;
    const inside = [process.execPath, '--enable-source-maps', program, ...args, '--inside', String(run)];
    const child = spawn('ip', ['netns', 'exec', namespaceOf(run, 'clients'), ...inside], { stdio: 'inherit' });
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

/** Tells people how far it is, on standard error. */
export function startTelling(): (line: string) => void {
  const began = performance.now();
  return (line) => {
    console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
}
