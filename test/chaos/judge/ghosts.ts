/** A participant whose device has no session, a session without a participant, and who was refused for contention. */
import type { Violation } from './evidence.ts';

/** What a device wants: nobody knows when its last act was neither taken nor refused. */
export type Wish = 'in' | 'out' | 'unknown';
interface Place {
  readonly state: string;
  readonly presence?: string | undefined;
}
/** One member of a call as its device, the store and the API see it at one moment. */
export interface MemberSeen {
  readonly userId: string;
  readonly wish: Wish;
  /** A node has a session of this device. */
  readonly hasSession: boolean;
  readonly stored: Place | undefined;
  readonly told: Place | undefined;
}

export function ghosts(callId: string, members: readonly MemberSeen[]): readonly Violation[] {
  return members.flatMap(({ userId, wish, hasSession, stored, told }): readonly Violation[] => {
    const ghost = (what: string): Violation => ({ rule: 'ghost', what: `${userId} in ${callId}: ${what}` });
    const found: Violation[] = [];
    for (const [by, place] of [
      ['the store', stored],
      ['the API', told],
    ] as const) {
      const isJoined = place?.state === 'joined';
      if (isJoined && !hasSession) found.push(ghost(`joined, says ${by}, and its device has no session`));
      if (isJoined && hasSession && place.presence !== 'connected') {
        found.push(ghost(`${place.presence ?? 'nothing'}, says ${by}, and its device has a session`));
      }
      // Who is only rung may have a session that is warm.
      if (!isJoined && hasSession && place?.state !== 'invited') {
        found.push(ghost(`${place?.state ?? 'nobody'}, says ${by}, and its device has a session`));
      }
      if (isJoined && wish === 'out') found.push(ghost(`joined, says ${by}, and it has left`));
      if (!isJoined && wish === 'in') {
        found.push({ rule: 'thrown out', what: `${userId} of ${callId}: ${place?.state ?? 'nobody'}, says ${by}` });
      }
    }
    return found;
  });
}

export interface Refusal {
  readonly userId: string;
  readonly what: string;
  readonly why: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The server's business, not the client's. */
export const isContention = ({ why }: Refusal): boolean => /was refused: busy$|"code":"busy"/.test(why);

export function refusedForContention(refusals: readonly Refusal[]): readonly Violation[] {
  return refusals.filter(isContention).map(({ userId, what, why }, index) => ({
    rule: 'refused for contention',
    what: `${index + 1}: ${what} of ${userId}: ${why}`,
  }));
}

/** A client that gets no answer at all is no better off; while a store takes no writes it may have to wait. */
export function unanswered(
  refusals: readonly Refusal[],
  windows: readonly { readonly from: number; readonly to: number }[] = [],
): readonly Violation[] {
  return refusals
    .filter(({ why, at }) => why.includes('no answer within') && !windows.some(({ from, to }) => at > from && at < to))
    .map(({ userId, what }) => ({ rule: 'unanswered', what: `${what} of ${userId}` }));
}
