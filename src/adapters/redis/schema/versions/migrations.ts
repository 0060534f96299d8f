/**
 * Every migration of the store, oldest first. `docs/schema.md` explains how to add one. Version 0 is from before stores
 * had a version.
 */
import type { Migration } from './migration.ts';
import { boundBrokenEntries } from '../boundBrokenEntries.ts';
import { sortedIds } from '../sortedIds.ts';

export const migrations: readonly Migration[] = [{ from: 0, to: 1, steps: [boundBrokenEntries, ...sortedIds] }];
