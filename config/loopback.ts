/** Addresses that only programs on this machine reach. */
import { BlockList, isIP } from 'node:net';
import type { Config } from './schema.ts';

const loopbacks = new BlockList();
loopbacks.addSubnet('127.0.0.0', 8, 'ipv4');
loopbacks.addAddress('::1', 'ipv6');

export function isLoopback(address: string): boolean {
  return loopbacks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether programs of this machine may use the admin port without an API key. */
export function trustsThisMachine({ adminHost, adminKeyOnLoopback }: AdminSettings): boolean {
  return !adminKeyOnLoopback && isLoopback(adminHost);
}

type AdminSettings = Pick<Config, 'adminHost' | 'adminKeyOnLoopback'>;
