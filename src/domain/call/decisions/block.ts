import { isGroup, participantOf } from '../call.ts';
import type { LiveCall } from '../call.ts';
import { repeated } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { UserId } from '../../kernel/ids.ts';
import { decline } from './decline.ts';
import { leave } from './leave.ts';
import { withRemoved } from './moderate.ts';

/** The app says that this user blocks another: they may not be in one call. */
export interface Block {
  readonly userId: UserId;
  readonly targetId: UserId;
}

/**
 * In a call of two the blocker leaves, and nobody can tell it from a hang-up. In a group the blocked user leaves,
 * unless it is their own group: then the blocker leaves. A blocker who is only rung cannot remove anybody.
 */
export function block(call: LiveCall, { userId, targetId }: Block, moment: Moment): Verdict {
  const [blocker, blocked] = [participantOf(call, userId), participantOf(call, targetId)];
  if (blocker === undefined || blocked === undefined) return repeated;
  if (blocker.state === 'gone' || blocked.state === 'gone') return repeated;
  if (blocker.state === 'invited') return decline(call, { userId }, moment);
  if (isGroup(call) && blocked.role !== 'host') return withRemoved(call, blocked, moment);
  return leave(call, { userId }, moment);
}
