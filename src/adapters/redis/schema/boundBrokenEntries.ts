/** Entries of the outbox that could not be read were kept without a bound. */
import { mostBrokenEntries } from './persistedSchemas.ts';
import type { MigrationStep } from './versions/migration.ts';

const trimList = {
  numberOfKeys: 1,
  source: `
-- KEYS[1] a list    ARGV[1] how many of its last items stay
return redis.call('LTRIM', KEYS[1], -tonumber(ARGV[1]), -1)
`,
} as const;

export const boundBrokenEntries: MigrationStep = {
  name: 'bound-broken-entries',
  run: async ({ change, keys }) => {
    await change(trimList, [keys.outboxBroken], [String(mostBrokenEntries)]);
    return undefined;
  },
};
