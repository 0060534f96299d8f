/** Entries of the outbox that could not be read were kept without a bound. */
import { maxBrokenEntries } from './persistedSchemas.ts';
import type { MigrationStep } from './versions/migration.ts';
import trimList from './trimList.lua';

export const boundBrokenEntries: MigrationStep = {
  name: 'bound-broken-entries',
  run: async ({ change, keys }) => {
    await change(trimList, [keys.outboxBroken], [String(maxBrokenEntries)]);
    return undefined;
  },
};
