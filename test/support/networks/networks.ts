/**
 * Machines on one machine: a network namespace for each host, and between them a router that forwards everything, so
 * that any could reach any other directly.
 */
import { existsSync } from 'node:fs';
import { inNamespace, ip } from '../processes/shell.ts';

export interface Addresses {
  readonly v4: string;
  readonly v6: string;
}
/** A host has a link of its own to the router: nothing but the router could bring a packet from one to another. */
export interface Host {
  readonly name: string;
  readonly home: Addresses;
  /** The router's end of the link. */
  readonly router: Addresses;
}

/** The name of a network namespace; the process id keeps two runs on one machine apart. */
export const namespaceOf = (run: number, name: string): string => `vc${run}-${name}`;
export const routerName = 'router' as const;

/** Why no networks can be made here; undefined when they can. */
export async function whyNoNetworks(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = namespaceOf(process.pid, 'probe');
  try {
    await ip('netns', 'add', name);
    await ip('-n', name, 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'other');
    return undefined;
  } catch (error) {
    return `network namespaces cannot be made here: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await ip('netns', 'del', name).catch(() => undefined);
  }
}

export async function makeNetworks(run: number, hosts: readonly Host[]): Promise<void> {
  for (const name of [routerName, ...hosts.map((host) => host.name)]) {
    const namespace = namespaceOf(run, name);
    await ip('netns', 'add', namespace);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    // No announcements of addresses that nobody asked for: captures hold what programs send.
    await write(namespace, 'ipv6/conf/default/accept_ra', '0');
    // Else the address that a client moves to would go with the one that it leaves.
    await write(namespace, 'ipv4/conf/all/promote_secondaries', '1');
  }
  const router = namespaceOf(run, routerName);
  for (const host of hosts) await connect(run, host);
  await write(router, 'ipv4/ip_forward', '1');
  await write(router, 'ipv6/conf/all/forwarding', '1');
}

const write = (namespace: string, setting: string, value: string): Promise<string> =>
  inNamespace(namespace, 'sh', '-c', `echo ${value} > /proc/sys/net/${setting}`);

async function connect(run: number, host: Host): Promise<void> {
  const [router, namespace] = [namespaceOf(run, routerName), namespaceOf(run, host.name)];
  const port = `to-${host.name}`;
  await ip('link', 'add', port, 'netns', router, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  await giveAddresses(router, port, host.router);
  await giveAddresses(namespace, 'eth0', host.home);
  await ip('-n', router, 'link', 'set', port, 'up');
  await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  await setWayOut(run, host);
}

export async function giveAddresses(namespace: string, link: string, { v4, v6 }: Addresses): Promise<void> {
  await ip('-n', namespace, 'addr', 'add', `${v4}/24`, 'dev', link);
  await ip('-n', namespace, 'addr', 'add', `${v6}/64`, 'dev', link, 'nodad');
}

export async function setWayOut(run: number, { name, router }: Pick<Host, 'name' | 'router'>): Promise<void> {
  const namespace = namespaceOf(run, name);
  await ip('-n', namespace, 'route', 'replace', 'default', 'via', router.v4);
  await ip('-n', namespace, '-6', 'route', 'replace', 'default', 'via', router.v6);
}

/** The router loses every packet between two hosts, without a word to either, until it is told that they may again. */
export async function part(run: number, one: Host, other: Host, parted: boolean): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const rule = ['from', from.home.v4, 'to', to.home.v4, 'blackhole', 'pref', '10'];
    await ip('-n', namespaceOf(run, routerName), 'rule', parted ? 'add' : 'del', ...rule);
  }
}

/** Ends what still runs in this run's networks, which it started, and takes them away. */
export async function removeNetworks(run: number): Promise<void> {
  for (const name of await namespacesThat((owner) => owner === run)) await remove(name);
}

/** What a run left that was killed: its process is gone. */
export async function removeLeftovers(): Promise<void> {
  for (const name of await namespacesThat((owner) => !existsSync(`/proc/${owner}`))) await remove(name);
}

async function namespacesThat(fits: (owner: number) => boolean): Promise<readonly string[]> {
  const names = [...(await ip('netns', 'list')).matchAll(/^vc(\d+)-[a-z0-9]+/gm)];
  return names.filter(([, owner]) => fits(Number(owner))).map(([name]) => name);
}

async function remove(name: string): Promise<void> {
  const pids = (await ip('netns', 'pids', name)).split('\n').filter((pid) => pid !== '');
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  await ip('netns', 'del', name);
}
