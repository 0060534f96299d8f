/** The networks of the proof: one for the server and one for each client, and what may happen to a client's. */
import { giveAddresses, makeNetworks as make } from '../../support/networks/networks.ts';
import { inNamespace, ip } from '../../support/processes/shell.ts';
import { homeOf, hosts, namespaceOf, relayHome, routerOn } from '../stage/people.ts';
import type { Addresses, Client } from '../stage/people.ts';

export function makeNetworks(run: number): Promise<void> {
  return make(
    run,
    hosts.map((name) => ({ name, home: homeOf(name), router: routerOn(name) })),
  );
}

/** A device has another address beside those it has. */
export async function addHome(run: number, client: Client, home: Addresses): Promise<void> {
  await giveAddresses(namespaceOf(run, client), 'eth0', home);
}

/**
 * As a phone that goes from one network to another: the old addresses are gone at the moment when the new are there. One
 * program makes all changes, so that none of them waits for its turn on a busy machine.
 */
export async function move(run: number, client: Client, from: Addresses, to: Addresses): Promise<void> {
  const router = routerOn(client);
  const changes = [
    `addr add ${to.v4}/24 dev eth0`,
    `addr add ${to.v6}/64 dev eth0 nodad`,
    `addr del ${from.v4}/24 dev eth0`,
    `addr del ${from.v6}/64 dev eth0`,
    `route replace 0.0.0.0/0 via ${router.v4}`,
    `route replace ::/0 via ${router.v6}`,
  ];
  const [name, given] = [namespaceOf(run, client), changes.map((change) => `${change}\\n`).join('')];
  await inNamespace(name, 'sh', '-c', `printf '${given}' | ip -batch -`);
}

export type Family = '-4' | '-6';

/** What a router is told to do with packets from a client: `ip rule`, without their origin. */
export type Rule = readonly [family: Family, ...words: string[]];

export const withoutUdp = (...families: readonly Family[]): readonly Rule[] =>
  families.map((family) => [family, 'ipproto', 'udp', 'blackhole', 'pref', '20']);

export const withoutRelay: readonly Rule[] = [['-4', 'to', relayHome.v4, 'blackhole', 'pref', '20']];

export const only443: readonly Rule[] = [
  ['-4', 'ipproto', 'tcp', 'dport', '443', 'lookup', 'main', 'pref', '10'],
  ['-4', 'blackhole', 'pref', '20'],
  ['-6', 'blackhole', 'pref', '20'],
];

/** As a network that drops what it does not let out, and tells nobody. */
export async function restrict(run: number, client: Client, rules: readonly Rule[], on: boolean): Promise<void> {
  for (const [family, ...words] of rules) {
    await ip('-n', namespaceOf(run, 'router'), family, 'rule', on ? 'add' : 'del', 'iif', `to-${client}`, ...words);
  }
}
