/** Calls: made, answered and ended by users; seen and ended by the app. */
import type { Call } from '../../../domain/call/call.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../../domain/kernel/errors.ts';
import type { CallId } from '../../../domain/kernel/ids.ts';
import type { ByDevice, MayBeDone } from '../../../commands/call/changeCall.ts';
import type { ViewersAnywhere } from '../../../ports/media/viewers.ts';
import type { CallStore } from '../../../ports/call/callStore.ts';
import { admittedCall, callView as callSchema } from '../../../protocol/shared/calls.ts';
import { callPage, callParams, createCall, fromDevice, hold } from '../../../protocol/http/http.ts';
import { callView } from '../../callView.ts';
import { groupRoutes } from './groupCalls.ts';
import { ticketRoutes } from './tickets.ts';
import { changeOnce, idOfAdmitted, readableBy } from './readableBy.ts';
import type { Limits } from '../limits.ts';
import { callId as anyCallId } from '../../../protocol/shared/ids.ts';
import { cursorAt, pageQuery } from '../../../protocol/http/paging.ts';
import { placeAfter } from '../paging.ts';
import { newId, noBody, noParams, route, routeWithQuery } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

export interface CallRoutesOptions {
  readonly useCases: UseCases;
  readonly store: CallStore;
  readonly limits: Limits;
  readonly watching: ViewersAnywhere;
}

/** The app sees every call and is admitted to none: no ticket for it. */
const readableCall = admittedCall.partial({ ticket: true }).meta({ id: 'ReadableCall' });

export function callRoutes(options: CallRoutesOptions): readonly Route[] {
  return [
    creation(options),
    listing(options),
    reading(options),
    ...changes(options),
    ending(options),
    holding(options),
    ...groupRoutes(options),
    ...ticketRoutes(options),
  ];
}

function creation({ useCases, limits }: CallRoutesOptions): Route {
  return route({
    method: 'post',
    path: '/v1/calls',
    status: 201,
    access: 'user',
    summary: 'Calls somebody, as a private broadcast. It rings on all their devices.',
    params: noParams,
    body: createCall,
    answer: admittedCall,
    refusals: [
      'calling_off',
      'not_callable',
      'user_busy',
      'call_full',
      'too_many_requests',
      'busy',
      'overloaded',
      'draining',
    ],
    location: ({ call }) => `/v1/calls/${call.id}`,
    once: { newId: newId('call'), idIn: idOfAdmitted, remake: readableBy(useCases) },
    handler: async ({ caller, body, making }) => {
      await limits.callBy(caller.userId);
      const { callees, media, deviceId, sensitive = false } = body;
      const { userId } = caller;
      const { call, ticket } = await useCases.createCall({
        caller: userId,
        callerDevice: deviceId,
        callees,
        media,
        sensitive,
        ...(making === undefined ? {} : { making: { ...making, id: anyCallId.parse(making.id) } }),
      });
      return { call: callView(call, { userId, deviceId }), ticket };
    },
  });
}

function listing({ store }: CallRoutesOptions): Route {
  return routeWithQuery({
    method: 'get',
    path: '/v1/calls',
    status: 200,
    access: 'app',
    summary: 'Every live call, in the order of their ids.',
    params: noParams,
    query: callPageQuery,
    body: noBody,
    answer: callPage,
    handler: async ({ query: { limit, after } }) => {
      const page = await store.liveCalls({ limit, after: placeAfter(anyCallId, after) });
      return {
        calls: page.calls.map((call) => callView(call, {})),
        ...(page.next === undefined ? {} : { next: cursorAt(page.next) }),
      };
    },
  });
}

/** A call of many holds all who were ever asked into it: a page of a hundred is made in some milliseconds. */
const callPageQuery = pageQuery({ usual: 50, most: 100 });

function reading({ useCases, store }: CallRoutesOptions): Route {
  return route({
    method: 'get',
    path: '/v1/calls/{callId}',
    status: 200,
    access: 'app or user',
    summary: 'One call, with a fresh ticket for a participant. Nobody else learns that it exists, but the app.',
    params: callParams,
    body: noBody,
    answer: readableCall,
    refusals: ['call_not_found'],
    handler: async ({ caller, params: { callId } }) => {
      if (caller.kind === 'app') return { call: callView(await callOr404(store, callId), {}) };
      const { userId } = caller;
      const { call, ticket } = await useCases.readCall({ callId, userId });
      return { call: callView(call, { userId }), ticket };
    },
  });
}

async function callOr404(store: CallStore, callId: CallId): Promise<Call> {
  const call = await store.load(callId);
  if (call === undefined) throw new CallError('call_not_found');
  return call;
}

interface Change {
  readonly name: 'answer' | 'decline' | 'cancel' | 'leave';
  readonly summary: string;
  readonly refusals: readonly ErrorCode[];
  readonly act: (request: ByDevice & MayBeDone) => Promise<Call>;
}

/** What participants do, each from one of their devices. */
function changes({ useCases }: CallRoutesOptions): readonly Route[] {
  const all: readonly Change[] = [
    {
      name: 'answer',
      summary: 'Answers with this device. The first device wins; to say it again changes nothing.',
      refusals: ['answered_elsewhere', 'not_ringing'],
      act: (request) => useCases.answerCall(request),
    },
    {
      name: 'decline',
      summary: 'Declines: the ringing stops on all my devices.',
      refusals: ['not_ringing'],
      act: (request) => useCases.declineCall(request),
    },
    {
      name: 'cancel',
      summary: 'The caller gives up before anybody has answered.',
      refusals: ['already_answered'],
      act: (request) => useCases.cancelCall(request),
    },
    {
      name: 'leave',
      summary: 'Hangs up. A call of two ends with it.',
      refusals: ['not_joined'],
      act: (request) => useCases.leaveCall(request),
    },
  ];
  return all.map(({ name, summary, refusals, act }) =>
    route({
      method: 'post',
      path: `/v1/calls/{callId}/${name}`,
      status: 200,
      access: 'user',
      summary,
      params: callParams,
      body: fromDevice,
      answer: callSchema,
      refusals: ['call_not_found', 'call_ended', 'busy', ...refusals],
      once: changeOnce(useCases),
      handler: async ({ caller, params, body, making }) => {
        const viewer = { userId: caller.userId, deviceId: body.deviceId };
        return callView(await act({ callId: params.callId, ...viewer, again: making?.again }), viewer);
      },
    }),
  );
}

function holding({ useCases }: CallRoutesOptions): Route {
  return route({
    method: 'post',
    path: '/v1/calls/{callId}/hold',
    status: 200,
    access: 'user',
    summary: 'Puts the call on hold for me, or takes it up again: my media stops in both directions.',
    params: callParams,
    body: hold,
    answer: callSchema,
    refusals: ['call_not_found', 'call_ended', 'busy', 'not_joined'],
    once: changeOnce(useCases),
    handler: async ({ caller: { userId }, params: { callId }, body: { deviceId, onHold } }) =>
      callView(await useCases.holdCall({ callId, userId, onHold }), { userId, deviceId }),
  });
}

function ending({ useCases, store }: CallRoutesOptions): Route {
  return route({
    method: 'post',
    path: '/v1/calls/{callId}/end',
    status: 200,
    access: 'app or user',
    summary: 'Ends the call for everybody: the app any call, a user the call that they host.',
    params: callParams,
    body: noBody,
    answer: callSchema,
    refusals: ['call_not_found', 'call_ended', 'busy'],
    once: {
      ...changeOnce(useCases),
      remake: async ({ caller, params: { callId } }) => {
        if (caller.kind === 'app') return callView(await callOr404(store, callId), {});
        const { userId } = caller;
        return callView(await useCases.readChanged({ callId, userId }), { userId });
      },
    },
    handler: async ({ caller, params: { callId }, making }) => {
      const again = making?.again;
      if (caller.kind === 'app') return callView(await useCases.endCall({ callId, again }), {});
      const { userId } = caller;
      return callView(await useCases.endCall({ callId, by: userId, again }), { userId });
    },
  });
}
