/** Types and steps of migrations. */
import type { RedisConnection } from '../../connection/connection.ts';
import type { LuaScript } from '../../connection/luaScript.ts';
import type { RedisKeys } from '../keys.ts';

export interface MigrationContext {
  /** For reading only. */
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** The prefix as it is in the names of keys: in braces. */
  readonly prefix: string;
  /** The prefix as configured: queues use it in their names. */
  readonly redisPrefix: string;
  /** The only way to write: throws and does nothing if another process holds the lease. */
  readonly change: (script: LuaScript, keys: readonly string[], values: readonly string[]) => Promise<unknown>;
}

export interface MigrationStep {
  /** Unique within its migration: progress is stored by it. */
  readonly name: string;
  /**
   * Runs one part, which must be bounded (some hundred keys) and safe to repeat. `cursor` is empty at first. Returns
   * the cursor of the next part; undefined at the end.
   */
  readonly run: (context: MigrationContext, cursor: string) => Promise<string | undefined>;
}

export interface Migration {
  readonly from: number;
  readonly to: number;
  readonly steps: readonly MigrationStep[];
}

/** Keys that Redis scans for one part. */
const keysPerPart = 200;

/**
 * A step over all keys of a pattern without the prefix, such as `user:*:calls`. A key may come twice, so `each` must be
 * safe to repeat.
 */
export function overKeys(
  name: string,
  pattern: string,
  each: (context: MigrationContext, key: string) => Promise<void>,
): MigrationStep {
  return {
    name,
    run: async (context, cursor) => {
      const MATCH = `${globLiteral(context.prefix)}:${pattern}`;
      const page = await context.connection.run((client) =>
        client.scan(cursor === '' ? '0' : cursor, { MATCH, COUNT: keysPerPart }),
      );
      for (const key of page.keys) await each(context, key);
      return page.cursor === '0' ? undefined : page.cursor;
    },
  };
}

function globLiteral(text: string): string {
  return text.replace(/[[\]*?\\]/g, (letter) => `\\${letter}`);
}
