import { participantOf, presentOf } from '../call.ts';
import type { InvitedParticipant, LiveCall } from '../call.ts';
import { lasting, refused, repeated, withParticipant } from '../change.ts';
import type { Moment, Verdict } from '../change.ts';
import type { CommandNamed } from '../commands.ts';
import type { EventFact } from '../events.ts';
import type { UserId } from '../../kernel/ids.ts';

/** Of all who were ever asked, to each place in the call: keeps a call that invites without end from growing without end. */
const askedPerPlace = 4;

/** Whoever is in it may ask others in, also those who are gone. Those who are in it or rung already stay as they are. */
export function invite(call: LiveCall, { userId: by, invitees }: CommandNamed<'invite'>, moment: Moment): Verdict {
  if (participantOf(call, by)?.state !== 'joined') return refused('not_joined');
  const present = presentOf(call);
  const isPresent = (userId: UserId) => present.some((one) => one.userId === userId);
  const asked = [...new Set(invitees)].filter((userId) => !isPresent(userId));
  if (asked.length === 0) return repeated;
  const { mostParticipants } = call.limits;
  if (present.length + asked.length > mostParticipants) return refused('call_full');
  const ringing = asked.reduce<LiveCall>((rest, userId) => withInvited(rest, invited(userId, by, moment)), call);
  if (ringing.participants.length > mostParticipants * askedPerPlace) return refused('call_full');
  return { call: ringing, facts: asked.map((userId): EventFact => ({ type: 'call.invited', userId, by })) };
}

function invited(userId: UserId, invitedBy: UserId, { era }: Moment): InvitedParticipant {
  return { userId, role: 'member', era, state: 'invited', invitedBy };
}

function withInvited(call: LiveCall, one: InvitedParticipant): LiveCall {
  const before = participantOf(call, one.userId);
  if (before !== undefined) return withParticipant(call, { ...one, ...lasting(before) });
  return { ...call, participants: [...call.participants, one] };
}
