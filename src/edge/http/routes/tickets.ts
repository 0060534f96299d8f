/** The viewers of a call: tickets that the app's backend issues and revokes, and the users who watch with them. */
import * as z from 'zod';
import {
  callParams,
  issuedTicket,
  issueTicket,
  ticketParams,
  viewerPage,
  viewerParams,
} from '../../../protocol/http/http.ts';
import { ticketId as ticketIdSchema, userId as userIdSchema } from '../../../protocol/shared/ids.ts';
import { cursorAt, usualPage } from '../../../protocol/http/paging.ts';
import { placeAfter } from '../paging.ts';
import { newId, noAnswer, noBody, route, routeWithQuery } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

const newTicketId = newId('tic');

/**
 * What a key keeps of a ticket: its id, and the mark of its viewer when it was first asked for. A version before kept
 * the id alone: such a ticket admits unless its viewer was ever removed.
 */
function keptTicket(kept: string) {
  const [ticketId, mark = 0] = kept.split(' ');
  return { ticketId: ticketIdSchema.parse(ticketId), mark: wholeNumber.parse(mark) };
}
const wholeNumber = z.coerce.number().int().nonnegative();

export function ticketRoutes(useCases: UseCases): readonly Route[] {
  return [...issuingRoutes(useCases), ...viewerRoutes(useCases)];
}

function issuingRoutes(useCases: UseCases): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/calls/{callId}/tickets',
      status: 201,
      access: 'app',
      scope: 'calls',
      summary:
        'Gives a user a ticket to watch a call without joining it. The viewer sees and hears the call while it is active, and nobody sees the viewer. ' +
        'To watch on when it expires, the viewer needs another ticket.',
      params: callParams,
      body: issueTicket,
      answer: issuedTicket,
      refusals: ['call_not_found', 'call_ended', 'not_joined'],
      once: {
        newId: async ({ params: { callId }, body: { userId } }) =>
          `${newTicketId()} ${await useCases.viewerMark(callId, userId)}`,
        // With the same id, so that revoking it revokes both; with the same mark, so that a removed viewer stays out.
        remake: ({ params: { callId }, body }, id) => useCases.issueTicket({ callId, ...body, ...keptTicket(id) }),
      },
      handler: ({ params: { callId }, body, making }) =>
        useCases.issueTicket({ callId, ...body, ...(making && keptTicket(making.id)) }),
    }),
    route({
      method: 'delete',
      path: '/v1/calls/{callId}/tickets/{ticketId}',
      status: 204,
      access: 'app',
      scope: 'calls',
      summary: 'Revokes a ticket: it admits nobody any more, and its viewers are removed within two seconds.',
      params: ticketParams,
      body: noBody,
      answer: noAnswer,
      handler: ({ params: { ticketId } }) => useCases.revokeTicket(ticketId),
    }),
  ];
}

/** The users who watch with these tickets. */
function viewerRoutes(useCases: UseCases): readonly Route[] {
  return [
    routeWithQuery({
      method: 'get',
      path: '/v1/calls/{callId}/viewers',
      status: 200,
      access: 'app',
      scope: 'read',
      summary: 'Lists who watches the call without being in it, and on how many devices. Only for the app.',
      params: callParams,
      query: usualPage,
      body: noBody,
      answer: viewerPage,
      refusals: ['unavailable'],
      handler: async ({ params: { callId }, query: { limit, after } }) => {
        const page = { callId, after: placeAfter(userIdSchema, after), limit };
        const { viewers, next } = await useCases.listViewers(page);
        return next === undefined ? { viewers: [...viewers] } : { viewers: [...viewers], next: cursorAt(next) };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/calls/{callId}/viewers/{userId}',
      status: 204,
      access: 'app or user',
      scope: 'calls',
      summary:
        'Removes a viewer and voids their tickets for this call. For the app and the host of the call; the host does ' +
        'not learn whether that user watched.',
      params: viewerParams,
      body: noBody,
      answer: noAnswer,
      refusals: ['call_not_found', 'call_ended', 'not_allowed', 'not_joined'],
      handler: ({ caller, params: { callId, userId } }) =>
        useCases.removeViewer({ callId, userId, ...(caller.kind === 'app' ? {} : { by: caller.userId }) }),
    }),
  ];
}
