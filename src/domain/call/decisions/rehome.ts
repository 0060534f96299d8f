/** What happens to a call whose node died or is leaving. */
import type { JoinedParticipant, LiveCall, Participant } from '../call.ts';
import { ended, stale } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { NodeId } from '../../kernel/ids.ts';
import type { EventFact } from '../events.ts';

/** The broadcast gets another owner: `from` died, or hands its calls over while everybody stays connected. */
export interface Rehome {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly handover: boolean;
}
/** No node is left to take the call over. */
export interface NodeLost {
  readonly nodeId: NodeId;
}

/**
 * Anybody may move it, any number of times: only the first one finds the call where it was. After a node's death all
 * sessions are gone, and the grace bounds their return; in a handover they stay, and the grace bounds the move.
 */
export function rehome(call: LiveCall, command: Rehome, { era }: Moment): Verdict {
  const { from, to, handover } = command;
  if (call.nodeId !== from || from === to) return stale;
  const moved = { ...call, nodeId: to, ownerTerm: call.ownerTerm + 1 };
  const inTouch = call.participants.filter(isInTouch);
  const facts = handover ? [] : inTouch.map(({ userId }): EventFact => ({ type: 'call.reconnecting', userId }));
  const participants = call.participants.map((one): Participant => {
    // Nobody could return to a dead node: participants who were lost before get the whole grace again.
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
