// @ts-check
import { succeeds } from './command.mjs';
import { disableAtBoot, ensurePackages } from './debian.mjs';

/** By package: a program of it, and what it answers to. */
const tools = {
  iproute2: ['ip', '-V'],
  tcpdump: ['tcpdump', '--version'],
  nftables: ['nft', '--version'],
  openssl: ['openssl', 'version'],
  coturn: ['turnserver', '-h'],
  faketime: ['faketime', '--version'],
};

/**
 * Makes sure that there is what networks are made, listened to and narrowed with, and what skews a clock.
 * @param {{ log: import('../run/reporter.mjs').Reporter }} options
 */
export async function ensureNetworkTools({ log }) {
  const there = await Promise.all(Object.values(tools).map(([program = '', ...args]) => succeeds(program, args)));
  if (there.every(Boolean)) return;
  await ensurePackages({ packages: Object.keys(tools), purpose: 'tests of networks and clocks', log });
  await disableAtBoot('coturn');
}
