/** A page of the ids in a sorted set with equal scores: Redis sorts them by bytes. */
import type { PageOf } from '../../../ports/system/paging.ts';
import type { RedisClient } from '../connection/client.ts';

export async function pageOfIds(
  client: RedisClient,
  key: string,
  { after, limit }: PageOf<string>,
): Promise<{ readonly ids: readonly string[]; readonly hasMore: boolean }> {
  const from = after === undefined ? '-' : `(${after}`;
  const ids = await client.zRangeByLex(key, from, '+', { LIMIT: { offset: 0, count: limit + 1 } });
  return { ids: ids.slice(0, limit), hasMore: ids.length > limit };
}

/** With nothing but such ids a list is at its end for whoever reads it. */
const maxPagesPassedOver = 1_000;

/**
 * The same of ids that may be broken. Those that cannot be read are left out, and a page of nothing else gives way to the
 * next one: what is behind it must be found, and only an id that can be read is a place in a list.
 */
export async function pageOfReadableIds<Id extends string>(
  client: RedisClient,
  key: string,
  { page, readable }: { readonly page: PageOf<Id>; readonly readable: (found: readonly string[]) => readonly Id[] },
): Promise<{ readonly ids: readonly Id[]; readonly next?: Id }> {
  const { limit } = page;
  let after: string | undefined = page.after;
  for (let passed = 0; passed < maxPagesPassedOver; passed += 1) {
    const found = await pageOfIds(client, key, { after, limit });
    const ids = readable(found.ids);
    const next = ids.at(-1);
    if (!found.hasMore) return { ids };
    if (next !== undefined) return { ids, next };
    after = found.ids.at(-1);
  }
  return { ids: [] };
}
