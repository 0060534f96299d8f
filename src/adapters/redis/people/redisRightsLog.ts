/** Rights that ended, in a short Redis stream that expires. */
import * as z from 'zod';
import type { RightsChange, RightsLog } from '../../../ports/people/rightsLog.ts';
import type { StopListening } from '../../../ports/call/callFeed.ts';
import { callId, ticketId, userId } from '../../../protocol/shared/ids.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import type { Subscriptions } from '../connection/subscriptions.ts';
import { parsedJson } from '../schema/values.ts';

export interface RedisRightsLogOptions {
  readonly connection: RedisConnection;
  readonly subscriptions: Subscriptions;
  readonly keys: RedisKeys;
  /** An unreadable change; it is skipped. */
  readonly onBroken: (error: unknown) => void;
}

/** Lua writes numbers of this size as text. */
const mark = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
const storedRightsChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('user'), userId }),
  z.object({ kind: z.literal('viewer'), callId, userId, mark }),
  z.object({ kind: z.literal('ticket'), ticketId }),
]);
const start = '0-0';

export class RedisRightsLog implements RightsLog {
  readonly #options: RedisRightsLogOptions;

  constructor(options: RedisRightsLogOptions) {
    this.#options = options;
  }

  async end(): Promise<string> {
    const { connection, keys } = this.#options;
    const newest = await connection.run((client) => client.xRevRange(keys.rights, '+', '-', { COUNT: 1 }));
    return newest?.[0]?.id ?? start;
  }

  async after(position: string, limit: number) {
    const { connection, keys } = this.#options;
    const read = await connection.run((client) => client.xRange(keys.rights, `(${position}`, '+', { COUNT: limit }));
    const entries = read ?? [];
    const changes = entries.flatMap(({ message }) => this.#read(message['change'] ?? ''));
    return { changes, end: entries.at(-1)?.id ?? position };
  }

  onChange(listener: () => void): Promise<StopListening> {
    const { subscriptions, keys } = this.#options;
    return subscriptions.listen(keys.rightsChannel, () => {
      listener();
    });
  }

  #read(text: string): readonly RightsChange[] {
    try {
      return [parsedJson(storedRightsChange, text)];
    } catch (error) {
      this.#options.onBroken(error);
      return [];
    }
  }
}
