/** What more than two people do in a call: ask others in, come back, moderate. */
import type { Call } from '../../../call/call.ts';
import type { CallId, UserId } from '../../../call/ids.ts';
import { admittedCall, callView as callSchema } from '../../../protocol/calls.ts';
import { callParams, fromDevice, inviteToCall, moderation } from '../../../protocol/http.ts';
import { callView } from '../../callView.ts';
import { readableBy } from './readableBy.ts';
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
  const { useCases } = options;
  return [
    invitation(options),
    comingBack(options),
    moderating('mute', 'The host pauses the microphone of another, who may unmute it again.', (request) =>
      useCases.muteParticipant(request),
    ),
    moderating('remove', 'The host sends somebody away, who comes back by invitation alone.', (request) =>
      useCases.removeParticipant(request),
    ),
  ];
}

function invitation({ useCases, limits }: GroupRoutesOptions): Route {
  return route({
    ...{ ...byUser, path: '/v1/calls/{callId}/invite' },
    summary: 'Asks others into the call that I am in, also such as have left it. It rings on all their devices.',
    ...{ params: callParams, body: inviteToCall, answer: callSchema },
    refusals: [...always, 'not_joined', 'call_full', 'calling_off', 'not_callable', 'too_many_requests'],
    once: {
      newId: newId('call'),
      idIn: ({ id }) => id,
      remake: async (request, id) => (await readableBy(useCases)(request, id)).call,
    },
    handler: async ({ caller: { userId }, params: { callId }, body: { userIds, deviceId } }) => {
      await limits.callBy(userId);
      return callView(await useCases.inviteToCall({ callId, userId, invitees: userIds }), { userId, deviceId });
    },
  });
}

function comingBack({ useCases }: GroupRoutesOptions): Route {
  return route({
    ...{ ...byUser, path: '/v1/calls/{callId}/rejoin' },
    summary:
      'Comes back with this device into a group call that goes on, or late into one that was declined or missed.',
    ...{ params: callParams, body: fromDevice, answer: admittedCall },
    refusals: [...always, 'not_allowed', 'not_ringing', 'answered_elsewhere', 'call_full'],
    handler: async ({ caller: { userId }, params: { callId }, body: { deviceId } }) => {
      const { call, ticket } = await useCases.rejoinCall({ callId, userId, deviceId });
      return { call: callView(call, { userId, deviceId }), ticket };
    },
  });
}

type Moderate = (request: { callId: CallId; userId: UserId; targetId: UserId }) => Promise<Call>;

function moderating(name: 'mute' | 'remove', summary: string, act: Moderate): Route {
  return route({
    ...{ ...byUser, path: `/v1/calls/{callId}/${name}` },
    ...{ summary, params: callParams, body: moderation, answer: callSchema },
    refusals: [...always, 'not_allowed', 'not_joined'],
    handler: async ({ caller: { userId }, params: { callId }, body }) =>
      callView(await act({ callId, userId, targetId: body.userId }), { userId }),
  });
}
