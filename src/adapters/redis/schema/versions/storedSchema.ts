/** The schema version of the store, as it is stored. */
import * as z from 'zod';

/**
 * The version that this program reads and writes. Raise it for a change that an older program cannot read, or that must be
 * made to what is stored already; add the migration to `migrations.ts`. A new optional field, or a new key, raises nothing.
 */
export const currentSchemaVersion = 1;

/** A store that holds keys and names no version: a program of before versions wrote it. */
export const unversioned = 0;

const version = z.int().nonnegative();

const progress = z.object({
  to: version,
  startedAt: z.int().nonnegative(),
  /** The step that is next or under way, and where it goes on. */
  step: z.string(),
  cursor: z.string(),
  /** The run of the Redis server that gave the cursor: with another one the step begins again. */
  run: z.string(),
});

export const storedSchema = z.object({
  version,
  /** Since when, and the process that wrote it. */
  since: z.int().nonnegative(),
  by: z.string(),
  migration: progress.exactOptional(),
});
export type StoredSchema = z.output<typeof storedSchema>;
export type MigrationProgress = z.output<typeof progress>;
