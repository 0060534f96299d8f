import { isGroup, participantOf } from '../call.ts';
import type { LiveCall } from '../call.ts';
import { repeated } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { UserId } from '../../kernel/ids.ts';
import { decline } from './decline.ts';
import { leave } from './leave.ts';
import { sentAway } from './moderate.ts';

/** The app says that this user blocks another: they are not in one call any longer. */
export interface Block {
  readonly userId: UserId;
  readonly targetId: UserId;
}

/**
 * Between two people a block looks like any other way in which the one who blocks goes: nobody can tell it from a
 * hang-up. Out of a group goes who is blocked, unless it is their own: then who blocks them goes. Who is only rung has no
 * say over those who are in it.
 */
export function block(call: LiveCall, { userId, targetId }: Block, moment: Moment): Verdict {
  const [blocker, blocked] = [participantOf(call, userId), participantOf(call, targetId)];
  if (blocker === undefined || blocked === undefined) return repeated;
  if (blocker.state === 'gone' || blocked.state === 'gone') return repeated;
  if (blocker.state === 'invited') return decline(call, { userId }, moment);
  if (isGroup(call) && blocked.role !== 'host') return sentAway(call, blocked, moment);
  return leave(call, { userId }, moment);
}
