/** How many commands Redis has carried out, by name: also those that scripts call. */
import type { Store } from './store.ts';

export type Counts = ReadonlyMap<string, number>;

export async function countsOf(store: Store): Promise<Counts> {
  return readCounts(await store.read((client) => client.info('commandstats')));
}

export function readCounts(info: string): Counts {
  const lines = [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return new Map(lines.map(([, name = '', calls]) => [name, Number(calls)]));
}

/** What a look itself makes: its own connection and this question. */
const ofTheLook = new Set(['info', 'client|setinfo', 'hello', 'client|setname']);

export function between(before: Counts, after: Counts): Counts {
  const grown = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return new Map(grown.filter(([name, count]) => count > 0 && !ofTheLook.has(name)));
}

export const total = (counts: Counts): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
