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
