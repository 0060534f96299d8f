/** What a migration is made of. */
import type { RedisConnection } from '../../connection/connection.ts';
import type { LuaScript } from '../../connection/luaScript.ts';
import type { RedisKeys } from '../keys.ts';

export interface MigrationContext {
  /** To read with. */
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** The prefix of keys as it is in their names: in braces. */
  readonly prefix: string;
  /** The prefix as it is configured: queues are named by it. */
  readonly redisPrefix: string;
  /** The only way to write: it does nothing and throws once another process holds the lease. */
  readonly change: (script: LuaScript, keys: readonly string[], values: readonly string[]) => Promise<unknown>;
}

export interface MigrationStep {
  /** Unique within its migration: progress is stored under it. */
  readonly name: string;
  /**
   * Does one part, which must be bounded (some hundred keys) and safe to do again. `cursor` is empty at first. Answers the
   * cursor of the next part; undefined when there is none.
   */
  readonly run: (context: MigrationContext, cursor: string) => Promise<string | undefined>;
}

export interface Migration {
  readonly from: number;
  readonly to: number;
  readonly steps: readonly MigrationStep[];
}

/** How many keys Redis looks at for one part. */
const keysPerPart = 200;

/**
 * A step over all keys of a pattern, which goes without the prefix, such as `user:*:calls`. A key may come twice, so `each`
 * must be safe to repeat.
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
