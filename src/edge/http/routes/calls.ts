/** Calls: users make, answer and end them; the app reads and ends them. */
import type { Call } from '../../../domain/call/call.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallId } from '../../../domain/kernel/ids.ts';
import type { CallIndex } from '../../../ports/call/callIndex.ts';
import type { CallStore } from '../../../ports/call/callStore.ts';
import { admittedCall } from '../../../protocol/shared/calls.ts';
import { callPage, callParams, createCall } from '../../../protocol/http/http.ts';
import { callView } from '../../callView.ts';
import { commandRoutes } from './callCommands.ts';
import { ticketRoutes } from './tickets.ts';
import type { Limits } from '../limits/httpRateLimits.ts';
import { callId as anyCallId } from '../../../protocol/shared/ids.ts';
import { cursorAt, pageQuery } from '../../../protocol/http/paging.ts';
import { placeAfter } from '../paging.ts';
import { newId, noBody, noParams, route, routeWithQuery } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

export interface CallRoutesOptions {
  readonly useCases: UseCases;
  readonly store: CallStore;
  readonly callIndex: CallIndex;
  readonly limits: Limits;
}

/** The app may read every call but join none, so it gets no ticket. */
const readableCall = admittedCall.partial({ ticket: true }).meta({ id: 'ReadableCall' });

export function callRoutes(options: CallRoutesOptions): readonly Route[] {
  return [
    creation(options),
    listing(options),
    reading(options),
    ...commandRoutes(options),
    ...ticketRoutes(options.useCases),
  ];
}

function creation({ useCases, limits }: CallRoutesOptions): Route {
  return route({
    method: 'post',
    path: '/v1/calls',
    status: 201,
    access: 'user',
    summary: 'Starts a private call. It rings on all devices of the callees.',
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
      'maintenance',
    ],
    location: ({ call }) => `/v1/calls/${call.id}`,
    once: {
      newId: newId('call'),
      idIn: ({ call }) => call.id,
      remake: async ({ caller: { userId }, body: { deviceId } }, id) => {
        const { call, ticket } = await useCases.readCall({ callId: anyCallId.parse(id), userId });
        return { call: callView(call, { userId, deviceId }), ticket };
      },
    },
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

function listing({ callIndex }: CallRoutesOptions): Route {
  return routeWithQuery({
    method: 'get',
    path: '/v1/calls',
    status: 200,
    access: 'app',
    scope: 'read',
    summary: 'Lists all live calls, by id.',
    params: noParams,
    query: callPageQuery,
    body: noBody,
    answer: callPage,
    handler: async ({ query: { limit, after } }) => {
      const page = await callIndex.liveCalls({ limit, after: placeAfter(anyCallId, after) });
      return {
        calls: page.calls.map((call) => callView(call, {})),
        ...(page.next === undefined ? {} : { next: cursorAt(page.next) }),
      };
    },
  });
}

/** A group call lists everybody who was ever invited. A page of a hundred takes a few milliseconds to build. */
const callPageQuery = pageQuery({ usual: 50, most: 100 });

function reading({ useCases, store }: CallRoutesOptions): Route {
  return route({
    method: 'get',
    path: '/v1/calls/{callId}',
    status: 200,
    access: 'app or user',
    scope: 'read',
    summary:
      'Gets a call. A participant also gets a fresh ticket. Only participants and the app can see that a call exists.',
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
