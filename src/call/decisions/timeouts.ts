/** What time does to a call. A timer of another era is stale. */
import { invitedOf, participantOf } from '../call.ts';
import type { LiveCall } from '../call.ts';
import { ended, settled, stale, withGone } from '../change.ts';
import type { Change, Moment, Verdict } from '../change.ts';
import type { CommandNamed } from '../commands.ts';
import type { EventFact } from '../events.ts';
import { outOfTouch } from './presence.ts';

/** Everybody who was invited in that era and has not answered has missed the call. */
export function ringTimedOut(call: LiveCall, { era }: CommandNamed<'ringTimedOut'>, moment: Moment): Verdict {
  const missed = invitedOf(call).filter((participant) => participant.era === era);
  if (missed.length === 0) return stale;
  const facts = missed.map(({ userId }): EventFact => ({ type: 'call.missed', userId }));
  const without = missed.reduce((rest, one) => withGone(rest, one, 'missed', moment), call);
  return settled(without, 'missed', moment, facts);
}

export function graceExpired(call: LiveCall, command: CommandNamed<'graceExpired'>, moment: Moment): Verdict {
  const participant = participantOf(call, command.userId);
  if (participant?.state !== 'joined' || participant.era !== command.era) return stale;
  // They did not move in time, or their node died while it handed over: from now on they are looked for.
  if (participant.movesFrom !== undefined) return outOfTouch(call, participant, moment.era);
  if (participant.presence === 'connected') return stale;
  const { userId } = participant;
  return settled(withGone(call, participant, 'connection_lost', moment), 'connection_lost', moment, [
    { type: 'call.left', userId, reason: 'connection_lost' },
  ]);
}

export function emptyExpired(call: LiveCall, { era }: CommandNamed<'emptyExpired'>, moment: Moment): Verdict {
  if (call.phase !== 'active' || call.aloneSince !== era) return stale;
  return ended(call, 'empty', moment);
}

export function longestReached(call: LiveCall, moment: Moment): Change {
  return ended(call, 'too_long', moment);
}
