import { participantOf, presentOf } from '../call.ts';
import type { InvitedParticipant, LiveCall } from '../call.ts';
import { lasting, refused, repeated, withParticipant } from '../change.ts';
import type { Moment, Refusal, Verdict } from '../change.ts';
import type { EventFact } from '../events.ts';
import type { UserId } from '../../kernel/ids.ts';

/** Bounds the list of participants: so many people may ever be invited for each place in the call. */
const askedPerPlace = 4;

export interface Invite {
  readonly userId: UserId;
  readonly invitees: readonly UserId[];
}

/** The people whom an invitation rings. */
export interface Invitation {
  readonly rings: readonly UserId[];
}

/**
 * Any participant may invite others, also those who have left. Participants who are in the call or rung stay as they
 * are.
 */
export function invitationTo(call: LiveCall, by: UserId, invitees: readonly UserId[]): Invitation | Refusal {
  if (participantOf(call, by)?.state !== 'joined') return refused('not_joined');
  const present = presentOf(call).map(({ userId }) => userId);
  const rings = [...new Set(invitees)].filter((userId) => !present.includes(userId));
  const { mostParticipants } = call.limits;
  const newcomers = rings.filter((userId) => participantOf(call, userId) === undefined);
  const isFull = present.length + rings.length > mostParticipants;
  const isLong = call.participants.length + newcomers.length > mostParticipants * askedPerPlace;
  return rings.length > 0 && (isFull || isLong) ? refused('call_full') : { rings };
}

export function invite(call: LiveCall, { userId: by, invitees }: Invite, moment: Moment): Verdict {
  const invitation = invitationTo(call, by, invitees);
  if ('refused' in invitation) return invitation;
  const { rings } = invitation;
  if (rings.length === 0) return repeated;
  const ringing = rings.reduce<LiveCall>((rest, userId) => withInvited(rest, invited(userId, by, moment)), call);
  return { call: ringing, facts: rings.map((userId): EventFact => ({ type: 'call.invited', userId, by })) };
}

function invited(userId: UserId, invitedBy: UserId, { era }: Moment): InvitedParticipant {
  return { userId, role: 'member', era, state: 'invited', invitedBy };
}

function withInvited(call: LiveCall, one: InvitedParticipant): LiveCall {
  const before = participantOf(call, one.userId);
  if (before !== undefined) return withParticipant(call, { ...one, ...lasting(before) });
  return { ...call, participants: [...call.participants, one] };
}
