/** Unreadable entries of the outbox used to be kept without a limit. */
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
