/** For a person who looks for what was left: what is open, by kind, with the connections' states and ports. */
export async function handlesInWords(pid: number): Promise<string> {
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => 'gone')));
  const kinds = new Map<string, number>();
  for (const link of links) {
    const kind = link.replace(/\d+/g, 'N');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const sockets = (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).split('\n').flatMap((line) => {
    const [, local = '', remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
    return links.includes(`socket:[${inode}]`) ? [`${portIn(local)}-${portIn(remote)}/${state}`] : [];
  });
  return [...[...kinds].map(([kind, count]) => `${count} ${kind}`), ...sockets].join(', ');
}

const portIn = (address: string): number => Number.parseInt(address.split(':')[1] ?? '', 16);

/** What a process holds open, but connections from one address: those are the clients', who are there on purpose. */
import { readFile, readdir, readlink } from 'node:fs/promises';

export async function openHandlesOf(pid: number, except?: string): Promise<number> {
  const [names, own] = await Promise.all([readdir(`/proc/${pid}/fd`), socketsTo(pid, except)]);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => undefined)));
  return links.filter((link) => link !== undefined && !own.has(link)).length;
}

/** As file descriptors name them. */
async function socketsTo(pid: number, address: string | undefined): Promise<ReadonlySet<string>> {
  if (address === undefined) return new Set();
  const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8');
  return new Set(socketsIn(table, address));
}

/** `/proc/PID/net/tcp` has addresses as hexadecimal numbers in the byte order of the machine. */
export function socketsIn(table: string, address: string): readonly string[] {
  const hex = Buffer.from(address.split('.').map(Number).reverse()).toString('hex').toUpperCase();
  return table.split('\n').flatMap((line) => {
    const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
    return remote.startsWith(`${hex}:`) ? [`socket:[${inode}]`] : [];
  });
}
