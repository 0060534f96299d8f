/** A user's history of calls, as it crosses the border. */
import * as z from 'zod';
import { endReasons } from '../call/call.ts';
import { outcomes } from '../call/record.ts';
import { callMedia } from './calls.ts';
import { callId, userId } from './ids.ts';

const instant = z.int().nonnegative().meta({ description: 'Milliseconds since 1970, UTC.' });
const maybeErased = userId.nullable().meta({ description: 'Null when the user was erased.' });

export const historyEntry = z
  .object({
    callId,
    media: callMedia,
    direction: z.enum(['outgoing', 'incoming']),
    outcome: z.enum(outcomes).meta({ description: 'What it came to for this user.' }),
    caller: maybeErased,
    others: z.array(maybeErased),
    startedAt: instant,
    answeredAt: instant.optional(),
    endedAt: instant,
    durationMs: z.int().nonnegative().meta({ description: 'How long this user talked; 0 unless answered.' }),
    reason: z.enum(endReasons),
  })
  .meta({ id: 'HistoryEntry' });
export type HistoryEntry = z.infer<typeof historyEntry>;

const mostOnAPage = 100;
export const historyQuery = z.object({
  limit: z.coerce.number().int().min(1).max(mostOnAPage).default(20).meta({ description: 'How many, at most.' }),
  after: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .optional()
    .meta({ description: '`next` of the page before.' }),
});

export const historyPage = z
  .object({
    calls: z.array(historyEntry),
    next: z.string().optional().meta({ description: 'For the next page; absent on the last.' }),
    seenUpTo: instant.meta({ description: 'Calls that ended after this are news to the user.' }),
  })
  .meta({ id: 'HistoryPage' });
export type HistoryPage = z.infer<typeof historyPage>;
export const historySeen = z.object({ upTo: instant }).meta({ id: 'HistorySeen' });

interface Place {
  readonly endedAt: number;
  readonly callId: `call_${string}`;
}
const place = z.tuple([instant, callId]);

/** Opaque to clients. */
export function cursorOf({ endedAt, callId: id }: Place): string {
  return btoa(JSON.stringify([endedAt, id]))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Undefined when it is none of ours. */
export function placeOf(cursor: string): Place | undefined {
  try {
    const parsed = place.safeParse(JSON.parse(atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))));
    return parsed.success ? { endedAt: parsed.data[0], callId: parsed.data[1] } : undefined;
  } catch {
    return undefined;
  }
}
