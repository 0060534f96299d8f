/** What more than two people do in a call: ask others in, come back, moderate. */
import type { Call } from '../../../domain/call/call.ts';
import type { ByHost, MayBeDone } from '../../../commands/call/changeCall.ts';
import { admittedCall, callView as callSchema } from '../../../protocol/shared/calls.ts';
import { callParams, fromDevice, inviteToCall, moderation } from '../../../protocol/http/http.ts';
import { callView } from '../../callView.ts';
import { changeOnce, idOfAdmitted, readableBy } from './readableBy.ts';
import type { Limits } from '../limits.ts';
import { newId, route } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

interface GroupRoutesOptions {
  readonly useCases: UseCases;
  readonly limits: Limits;
}

const always = ['call_not_found', 'call_ended', 'busy'] as const;
const byUser = { method: 'post', status: 200, access: 'user' } as const;

export function groupRoutes(options: GroupRoutesOptions): readonly Route[] {
  return [
    invitation(options),
    comingBack(options),
    moderating('mute', 'The host pauses the microphone of another, who may unmute it again.', options),
    moderating('remove', 'The host sends somebody away, who comes back by invitation alone.', options),
  ];
}

function invitation({ useCases, limits }: GroupRoutesOptions): Route {
  return route({
    ...byUser,
    path: '/v1/calls/{callId}/invite',
    summary: 'Asks others into the call that I am in, also such as have left it. It rings on all their devices.',
    params: callParams,
    body: inviteToCall,
    answer: callSchema,
    refusals: [...always, 'not_joined', 'call_full', 'calling_off', 'not_callable', 'too_many_requests'],
    once: changeOnce(useCases),
    handler: async ({ caller: { userId }, params: { callId }, body: { userIds, deviceId } }) => {
      await limits.callBy(userId);
      return callView(await useCases.inviteToCall({ callId, userId, invitees: userIds }), { userId, deviceId });
    },
  });
}

function comingBack({ useCases }: GroupRoutesOptions): Route {
  return route({
    ...byUser,
    path: '/v1/calls/{callId}/rejoin',
    summary:
      'Comes back with this device into a group call that goes on, or late into one that was declined or missed.',
    params: callParams,
    body: fromDevice,
    answer: admittedCall,
    refusals: [...always, 'not_allowed', 'not_ringing', 'answered_elsewhere', 'call_full'],
    once: { newId: newId('call'), idIn: idOfAdmitted, remake: readableBy(useCases) },
    handler: async ({ caller: { userId }, params: { callId }, body: { deviceId } }) => {
      const { call, ticket } = await useCases.rejoinCall({ callId, userId, deviceId });
      return { call: callView(call, { userId, deviceId }), ticket };
    },
  });
}

type Moderate = (request: ByHost & MayBeDone) => Promise<Call>;

function moderating(name: 'mute' | 'remove', summary: string, { useCases }: GroupRoutesOptions): Route {
  const acts: Readonly<Record<typeof name, Moderate>> = {
    mute: (request) => useCases.muteParticipant(request),
    remove: (request) => useCases.removeParticipant(request),
  };
  const once = changeOnce(useCases);
  return route({
    ...byUser,
    path: `/v1/calls/{callId}/${name}`,
    summary,
    params: callParams,
    body: moderation,
    answer: callSchema,
    refusals: [...always, 'not_allowed', 'not_joined'],
    once: { ...once, remake: ({ caller }, id) => once.remake({ caller, body: {} }, id) },
    handler: async ({ caller: { userId }, params: { callId }, body, making }) =>
      callView(await acts[name]({ callId, userId, targetId: body.userId, again: making?.again }), { userId }),
  });
}
