/** The machines of the play: a network namespace each. */
import { namespaceOf } from '../../support/networks/networks.ts';
import type { Host } from '../../support/networks/networks.ts';
import type { Machine } from '../../support/processes/serverProcess.ts';

export const machineNames = ['clients', 'redis', 'jobs', 'node1', 'node2', 'node3'] as const;
export type MachineName = (typeof machineNames)[number];

export function hostOf(name: MachineName): Host {
  const link = machineNames.indexOf(name) + 1;
  const on = (number: number) => ({ v4: `10.78.${link}.${number}`, v6: `fd78:${link}::${number}` });
  return { name, home: on(2), router: on(1) };
}

export const hosts: readonly Host[] = machineNames.map(hostOf);

/** The run in which every process is on this machine's loopback, where no networks can be made or need to be. */
export const onLoopback = 0;

export const machineOf = (run: number, name: MachineName): Machine => ({
  namespace: namespaceOf(run, name),
  address: hostOf(name).home.v4,
});
