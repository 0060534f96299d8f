/** What calls came to, for those who were in them; and all that is kept of a user. */
import type { UserId } from '../../../call/ids.ts';
import type { HistoryPage as Page } from '../../../commands/history.ts';
import { cursorOf, historyPage, historyQuery, historySeen, placeOf } from '../../../protocol/history.ts';
import type { HistoryPage } from '../../../protocol/history.ts';
import { userExport, userParams } from '../../../protocol/http.ts';
import { callView } from '../../callView.ts';
import { InvalidRequest, noAnswer, noBody, noParams, route, routeWithQuery } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';
import { settingsView, viewOf } from './users.ts';

export function historyRoutes({ useCases }: { readonly useCases: UseCases }): readonly Route[] {
  const read = async (userId: UserId, { limit, after }: { limit: number; after?: string | undefined }) => {
    const place = after === undefined ? undefined : placeOf(after);
    if (after !== undefined && place === undefined) {
      throw new InvalidRequest([{ path: 'after', message: 'must be `next` of a page' }]);
    }
    return pageView(await useCases.readHistory({ userId, limit, ...(place === undefined ? {} : { after: place }) }));
  };
  return [
    routeWithQuery({
      ...{ method: 'get', path: '/v1/me/calls', status: 200, access: 'user' },
      summary: 'My calls that are over, the newest first.',
      ...{ params: noParams, query: historyQuery, body: noBody, answer: historyPage },
      handler: ({ caller, query }) => read(caller.userId, query),
    }),
    route({
      ...{ method: 'post', path: '/v1/me/calls/seen', status: 204, access: 'user' },
      summary: 'I have looked through my calls up to then.',
      ...{ params: noParams, body: historySeen, answer: noAnswer },
      handler: ({ caller, body }) => useCases.seeHistory(caller.userId, body.upTo),
    }),
    routeWithQuery({
      ...{ method: 'get', path: '/v1/users/{userId}/calls', status: 200, access: 'app' },
      summary: 'The calls of a user that are over, the newest first.',
      ...{ params: userParams, query: historyQuery, body: noBody, answer: historyPage },
      handler: ({ params: { userId }, query }) => read(userId, query),
    }),
    route({
      ...{ method: 'get', path: '/v1/users/{userId}/export', status: 200, access: 'app' },
      summary: 'All that is kept of a user. `DELETE /v1/users/{userId}` erases it.',
      ...{ params: userParams, body: noBody, answer: userExport, refusals: ['user_not_found'] },
      handler: async ({ params: { userId } }) => {
        const { user, relations, ringing, liveCalls, history } = await useCases.exportUser(userId);
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
        };
      },
    }),
  ];
}

function pageView({ entries, next, seenUpTo }: Page): HistoryPage {
  return {
    calls: entries.map((entry) => ({ ...entry, others: [...entry.others] })),
    ...(next === undefined ? {} : { next: cursorOf(next) }),
    seenUpTo,
  };
}
