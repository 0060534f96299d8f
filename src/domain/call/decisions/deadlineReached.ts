import { isAlone, isExpected, participantOf } from '../call.ts';
import type { LiveCall } from '../call.ts';
import { ended, settled, stale, withGone } from '../change.ts';
import type { Change, Moment, Verdict } from '../change.ts';
import { deadlinesOf, lacksTimes } from '../deadlines.ts';
import type { Deadline } from '../deadlines.ts';
import { outOfTouch } from './presence.ts';

/** Does everything that is due, in the order of the deadlines, as if each had been done on time. */
export function deadlineReached(call: LiveCall, moment: Moment): Verdict {
  // Saving the change notes the times; the next look sees what is due.
  if (lacksTimes(call)) return { call, facts: [] };
  const due = deadlinesOf(call).filter(({ at }) => at <= moment.now);
  if (due.length === 0) return stale;
  return due.reduce<Change>((change, deadline) => applied(change, deadline, moment), { call, facts: [] });
}

function applied(change: Change, deadline: Deadline, moment: Moment): Change {
  const { call, facts } = change;
  if (call.phase === 'ended') return change;
  const next = one(call, deadline, moment);
  return next === undefined ? change : { call: next.call, facts: [...facts, ...next.facts] };
}

/** Undefined when an earlier deadline has settled this one, too. */
function one(call: LiveCall, { kind, userId = '' }: Deadline, moment: Moment): Change | undefined {
  if (kind === 'longest') return ended(call, 'too_long', moment);
  if (kind === 'empty') return isAlone(call) ? ended(call, 'empty', moment) : undefined;
  const participant = participantOf(call, userId);
  if (participant?.state === 'invited') {
    return settled(withGone(call, participant, 'missed', moment), 'missed', moment, [{ type: 'call.missed', userId }]);
  }
  if (participant?.state !== 'joined' || !isExpected(participant)) return undefined;
  // They did not move in time, or their node died during the handover: from now on their session counts as lost.
  if (participant.movesFrom !== undefined) return outOfTouch(call, participant, moment.era);
  return settled(withGone(call, participant, 'connection_lost', moment), 'connection_lost', moment, [
    { type: 'call.left', userId, reason: 'connection_lost' },
  ]);
}
