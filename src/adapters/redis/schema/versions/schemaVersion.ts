/** The stored schema version of the store. */
import * as z from 'zod';

/**
 * The version that this program reads and writes. Raise it for a change that an older program cannot read, or that also
 * changes data already stored; add the migration to `migrations.ts`. A new optional field, or a new key, needs no new
 * version.
 */
export const currentSchemaVersion = 1;

/** A store with keys but without a version: an older program wrote it. */
export const unversioned = 0;

const version = z.int().nonnegative();

const progress = z.object({
  to: version,
  startedAt: z.int().nonnegative(),
  /** The current or next step, and where it continues. */
  step: z.string(),
  cursor: z.string(),
  /** The Redis server run that gave the cursor: with another one the step begins again. */
  run: z.string(),
});

export const storedSchemaVersion = z.object({
  version,
  /** When, and by which process, it was written. */
  since: z.int().nonnegative(),
  by: z.string(),
  migration: progress.exactOptional(),
});
export type StoredSchemaVersion = z.output<typeof storedSchemaVersion>;
export type MigrationProgress = z.output<typeof progress>;
