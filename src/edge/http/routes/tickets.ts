/** Tickets that the app's backend gives out: an audience for a call. */
import { callParams, issuedTicket, issueTicket } from '../../../protocol/http.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

export function ticketRoutes({ useCases }: { readonly useCases: UseCases }): readonly Route[] {
  return [
    route({
      ...{ method: 'post', path: '/v1/calls/{callId}/tickets', status: 201, access: 'app' },
      summary:
        'Lets a user watch a call without being in it: they see and hear it while it is active, unseen themselves.',
      ...{ params: callParams, body: issueTicket, answer: issuedTicket },
      refusals: ['call_not_found', 'call_ended', 'not_joined'],
      handler: async ({ params: { callId }, body: { userId, rights } }) => ({
        ticket: await useCases.issueTicket({ callId, userId, rights }),
      }),
    }),
  ];
}
