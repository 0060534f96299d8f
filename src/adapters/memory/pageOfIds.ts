import type { PageOf } from '../../ports/system/paging.ts';

/** In byte order, as in Redis. */
export function pageOfIds<Id extends string>(
  all: Iterable<Id>,
  { after, limit }: PageOf<Id>,
): { ids: Id[]; next?: Id } {
  const sorted = [...all].sort(byBytes).filter((id) => after === undefined || byBytes(id, after) > 0);
  const ids = sorted.slice(0, limit);
  const last = ids.at(-1);
  return { ids, ...(sorted.length > limit && last !== undefined ? { next: last } : {}) };
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
