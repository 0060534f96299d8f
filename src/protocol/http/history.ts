/** A user's history of calls, as the API returns it. */
import * as z from 'zod';
import { endReasons } from '../../domain/call/call.ts';
import { outcomes } from '../../domain/call/record.ts';
import { callMedia } from '../shared/calls.ts';
import { callId, userId } from '../shared/ids.ts';
import { cursorAt, next, pageQuery } from './paging.ts';

const instant = z.int().nonnegative().meta({ description: 'Unix time in milliseconds.' });
const maybeErased = userId.nullable().meta({ description: 'Null if the user was erased.' });

export const historyEntry = z
  .object({
    callId,
    media: callMedia,
    direction: z.enum(['outgoing', 'incoming']),
    outcome: z.enum(outcomes).meta({ description: 'Outcome of the call for this user.' }),
    caller: maybeErased,
    others: z.array(maybeErased),
    startedAt: instant,
    answeredAt: instant.optional(),
    endedAt: instant,
    durationMs: z.int().nonnegative().meta({ description: 'How long this user was in the call; 0 unless answered.' }),
    reason: z.enum(endReasons),
  })
  .meta({ id: 'HistoryEntry' });
export type HistoryEntry = z.infer<typeof historyEntry>;

export const historyQuery = pageQuery({ usual: 20, most: 100 });

export const historyPage = z
  .object({
    calls: z.array(historyEntry),
    next,
    seenUpTo: instant.meta({ description: 'Missed calls that ended after this time are new to the user.' }),
  })
  .meta({ id: 'HistoryPage' });
export type HistoryPage = z.infer<typeof historyPage>;
export const historySeen = z.object({ upTo: instant }).meta({ id: 'HistorySeen' });

/** A page of history begins after this call. */
export const historyPlace = z.tuple([instant, callId]).transform(([endedAt, id]) => ({ endedAt, callId: id }));

export function historyCursor({ endedAt, callId: id }: z.output<typeof historyPlace>): string {
  return cursorAt([endedAt, id]);
}
