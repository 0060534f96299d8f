/** The history of calls, for the users who were in them, and the export of all data about a user. */
import * as z from 'zod';
import { relationKinds } from '../../../domain/people/relations.ts';
import type { ExportPlace } from '../../../commands/people/exportUser.ts';
import { userId as anyUserId } from '../../../protocol/shared/ids.ts';
import { cursorAt, pageQuery } from '../../../protocol/http/paging.ts';
import type { UserId } from '../../../domain/kernel/ids.ts';
import type { HistoryPage as Page } from '../../../commands/call/history.ts';
import { historyCursor, historyPage, historyPlace, historyQuery, historySeen } from '../../../protocol/http/history.ts';
import type { HistoryPage } from '../../../protocol/http/history.ts';
import { userExport, userParams } from '../../../protocol/http/http.ts';
import { callView } from '../../callView.ts';
import { placeAfter } from '../paging.ts';
import { noAnswer, noBody, noParams, route, routeWithQuery } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';
import { settingsView, viewOf } from './users.ts';

export function historyRoutes({ useCases }: { readonly useCases: UseCases }): readonly Route[] {
  const read = async (userId: UserId, { limit, after }: { limit: number; after?: string | undefined }) => {
    const place = placeAfter(historyPlace, after);
    return pageView(await useCases.readHistory({ userId, limit, ...(place === undefined ? {} : { after: place }) }));
  };
  return [
    routeWithQuery({
      method: 'get',
      path: '/v1/me/calls',
      status: 200,
      access: 'user',
      summary: 'Lists the user’s past calls, newest first.',
      params: noParams,
      query: historyQuery,
      body: noBody,
      answer: historyPage,
      handler: ({ caller, query }) => read(caller.userId, query),
    }),
    route({
      method: 'post',
      path: '/v1/me/calls/seen',
      status: 204,
      access: 'user',
      summary: 'Marks the user’s past calls as seen, up to a time.',
      params: noParams,
      body: historySeen,
      answer: noAnswer,
      handler: ({ caller, body }) => useCases.seeHistory(caller.userId, body.upTo),
    }),
    routeWithQuery({
      method: 'get',
      path: '/v1/users/{userId}/calls',
      status: 200,
      access: 'app',
      scope: 'read',
      summary: 'Lists a user’s past calls, newest first.',
      params: userParams,
      query: historyQuery,
      body: noBody,
      answer: historyPage,
      handler: ({ params: { userId }, query }) => read(userId, query),
    }),
    exporting(useCases),
  ];
}

function exporting(useCases: UseCases): Route {
  return routeWithQuery({
    method: 'get',
    path: '/v1/users/{userId}/export',
    status: 200,
    access: 'app',
    scope: 'read',
    summary:
      'Exports everything stored about a user. Relations and history come in pages; the short parts are on each page. ' +
      '`DELETE /v1/users/{userId}` erases it.',
    params: userParams,
    query: exportQuery,
    body: noBody,
    answer: userExport,
    refusals: ['user_not_found'],
    handler: async ({ params: { userId }, query: { limit, after } }) => {
      const page = await useCases.exportUser({ userId, limit, after: placeAfter(exportPlace, after) });
      const { user, relations, ringing, liveCalls, history } = page;
      return {
        user: viewOf(user),
        settings: settingsView(user),
        relations: {
          follows: [...relations.follows],
          address_book: [...relations.address_book],
          blocks: [...relations.blocks],
          wrote_to: [...relations.wrote_to],
          accepted: [...relations.accepted],
        },
        ringing: ringing === undefined ? null : { ...ringing, inVain: [...ringing.inVain] },
        liveCalls: liveCalls.map((call) => callView(call, { userId })),
        history: history.map((entry) => ({ ...entry, others: [...entry.others] })),
        ...(page.next === undefined ? {} : { next: cursorAt(exportCursor(page.next)) }),
      };
    },
  });
}

const exportQuery = pageQuery({ usual: 500, most: 500 });
const exportPlace: z.ZodType<ExportPlace> = z.union([
  z.tuple([z.enum(relationKinds), anyUserId.nullable()]).transform(([list, at]) => ({ list, after: at ?? undefined })),
  z
    .tuple([z.literal('history'), historyPlace.nullable()])
    .transform(([list, at]) => ({ list, after: at ?? undefined })),
]);

function exportCursor(place: ExportPlace): unknown {
  if (place.list !== 'history') return [place.list, place.after ?? null];
  return [place.list, place.after === undefined ? null : [place.after.endedAt, place.after.callId]];
}

function pageView({ entries, next, seenUpTo }: Page): HistoryPage {
  return {
    calls: entries.map((entry) => ({ ...entry, others: [...entry.others] })),
    ...(next === undefined ? {} : { next: historyCursor(next) }),
    seenUpTo,
  };
}
