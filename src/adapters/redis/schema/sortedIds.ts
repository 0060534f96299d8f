/** Lists of ids were sets, which cannot be read in pages. Users, relations and live calls are sorted sets now. */
import { relationKinds } from '../../../domain/people/relations.ts';
import { overKeys } from './versions/migration.ts';
import type { MigrationContext, MigrationStep } from './versions/migration.ts';
import addIds from './addIds.lua';
import replaceSet from './replaceSet.lua';

/** Ids that Redis moves at once: less than a millisecond. */
const idsPerPart = 500;

/** Copies one part of a set. Returns the next cursor; undefined at the end. */
async function copyIds(
  { connection, change }: MigrationContext,
  { from, to, cursor }: { readonly from: string; readonly to: string; readonly cursor: string },
): Promise<string | undefined> {
  const page = await connection.run((client) =>
    client.sScan(from, cursor === '' ? '0' : cursor, { COUNT: idsPerPart }),
  );
  for (let begin = 0; begin < page.members.length; begin += idsPerPart) {
    await change(addIds, [to], page.members.slice(begin, begin + idsPerPart));
  }
  return page.cursor === '0' ? undefined : page.cursor;
}

/** The set keeps its name. Does nothing if it is sorted already. */
async function sortPart(context: MigrationContext, key: string, cursor: string): Promise<string | undefined> {
  if ((await context.connection.run((client) => client.type(key))) !== 'set') return undefined;
  const sorted = `${key}:sorted`;
  const next = await copyIds(context, { from: key, to: sorted, cursor });
  if (next === undefined) await context.change(replaceSet, [key, sorted], []);
  return next;
}

async function sortWhole(context: MigrationContext, key: string): Promise<void> {
  let cursor: string | undefined = '';
  while (cursor !== undefined) cursor = await sortPart(context, key, cursor);
}

export const sortedIds: readonly MigrationStep[] = [
  { name: 'sort-users', run: (context, cursor) => sortPart(context, context.keys.users, cursor) },
  ...relationKinds.map((kind) => overKeys(`sort-${kind}`, `user:*:${kind}`, sortWhole)),
  ...(['ringing', 'active'] as const).map((phase): MigrationStep => ({
    name: `list-${phase}-calls`,
    run: (context, cursor) =>
      copyIds(context, { from: context.keys.callsIn(phase), to: context.keys.liveCalls, cursor }),
  })),
];
