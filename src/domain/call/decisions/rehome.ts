/** What becomes of a call whose node is gone or goes. */
import type { JoinedParticipant, LiveCall, Participant } from '../call.ts';
import { ended, stale } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { NodeId } from '../../kernel/ids.ts';
import type { EventFact } from '../events.ts';

/** The broadcast has another owner: `from` died, or hands its calls over while everybody stays in touch. */
export interface Rehome {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly handover: boolean;
}
/** Nobody is there to take it over. */
export interface NodeLost {
  readonly nodeId: NodeId;
}

/**
 * Whoever moves it, and however often: only the first one finds it where it was. With a dead node everybody's session is
 * gone, and the grace bounds their way back; in a handover they stay in touch, and the grace bounds the move.
 */
export function rehome(call: LiveCall, command: Rehome, { era }: Moment): Verdict {
  const { from, to, handover } = command;
  if (call.nodeId !== from || from === to) return stale;
  const moved = { ...call, nodeId: to, ownerTerm: call.ownerTerm + 1 };
  const inTouch = call.participants.filter(isInTouch);
  const facts = handover ? [] : inTouch.map(({ userId }): EventFact => ({ type: 'call.reconnecting', userId }));
  const participants = call.participants.map((one): Participant => {
    // Nobody could come back to a dead node: who was lost before has the whole grace again.
    if (!handover && one.state === 'joined' && one.presence === 'lost') return { ...one, era };
    if (!isInTouch(one)) return one;
    const { movesFrom = call.ownerTerm, ...rest } = one;
    return handover ? { ...rest, movesFrom, era } : { ...rest, presence: 'lost', era };
  });
  return { call: { ...moved, participants }, facts: [{ type: 'call.moved' }, ...facts] };
}

function isInTouch(one: Participant): one is JoinedParticipant {
  return one.state === 'joined' && one.presence === 'connected';
}

export function nodeLost(call: LiveCall, { nodeId }: NodeLost, moment: Moment): Verdict {
  return call.nodeId === nodeId ? ended(call, 'node_lost', moment) : stale;
}
