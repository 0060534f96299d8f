/** A page of the ids in a sorted set whose scores are all the same: Redis keeps them in the order of their bytes. */
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
