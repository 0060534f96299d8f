/**
 * Relations between users, as the app reports them: follows, address books, blocks, conversations; and what they
 * permit.
 */
import { wouldChange } from '../../../domain/people/policy.ts';
import type { Relations } from '../../../ports/people/relations.ts';
import {
  explainCallable,
  explainedCallable,
  relatedUsers,
  relationChanges,
  relationParams,
  relationToParams,
} from '../../../protocol/http/http.ts';
import { userId as anyUserId } from '../../../protocol/shared/ids.ts';
import { cursorAt, usualPage } from '../../../protocol/http/paging.ts';
import { placeAfter } from '../paging.ts';
import { noAnswer, noBody, noParams, route, routeWithQuery } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

export interface RelationRoutesOptions {
  readonly relations: Relations;
  readonly useCases: UseCases;
}

export function relationRoutes({ relations, useCases }: RelationRoutesOptions): readonly Route[] {
  return [...changeRoutes(useCases), relatedUsersRoute(relations), callableRoute(useCases)];
}

function changeRoutes(useCases: UseCases): readonly Route[] {
  const change = (method: 'put' | 'delete', summary: string) =>
    route({
      method,
      path: '/v1/users/{userId}/relations/{kind}/{otherId}',
      status: 204,
      access: 'app',
      scope: 'people',
      summary,
      params: relationToParams,
      body: noBody,
      answer: noAnswer,
      refusals: ['too_many_relations'],
      handler: ({ params: { userId, kind, otherId } }) =>
        useCases.changeRelations([{ from: userId, kind, to: otherId, holds: method === 'put' }]),
    });
  return [
    change(
      'put',
      'Adds a relation: this user follows, has in the address book, blocks, wrote to or accepted the other.',
    ),
    change('delete', 'Removes the relation.'),
    route({
      method: 'post',
      path: '/v1/relations',
      status: 204,
      access: 'app',
      scope: 'people',
      bulk: true,
      summary: 'Applies many relation changes, in the given order. Safe to repeat.',
      params: noParams,
      body: relationChanges,
      answer: noAnswer,
      refusals: ['too_many_relations'],
      handler: ({ body }) => useCases.changeRelations(body.changes),
    }),
  ];
}

function relatedUsersRoute(relations: Relations): Route {
  return routeWithQuery({
    method: 'get',
    path: '/v1/users/{userId}/relations/{kind}',
    status: 200,
    access: 'app',
    scope: 'read',
    summary: 'Lists the users to whom this user has the relation, by id.',
    params: relationParams,
    query: usualPage,
    body: noBody,
    answer: relatedUsers,
    handler: async ({ params: { userId, kind }, query: { limit, after } }) => {
      const page = await relations.of(userId, kind, { limit, after: placeAfter(anyUserId, after) });
      return { userIds: [...page.userIds], ...(page.next === undefined ? {} : { next: cursorAt(page.next) }) };
    },
  });
}

function callableRoute(useCases: UseCases): Route {
  return route({
    method: 'post',
    path: '/v1/callable',
    status: 200,
    access: 'app',
    scope: 'read',
    bulk: true,
    summary:
      'Checks whether a user may call each of several others, with every rule that was checked and what would change its result.',
    params: noParams,
    body: explainCallable,
    answer: explainedCallable,
    handler: async ({ body: { callerId, userIds, group } }) => {
      const answers = await useCases.callable({ callerId, calleeIds: userIds, isGroup: group });
      return {
        answers: answers.map(({ calleeId, callable, admittedAs, rules }) => ({
          userId: calleeId,
          callable,
          admittedAs: [...admittedAs],
          rules: rules.map(({ rule, holds }) => ({
            rule,
            holds,
            ...(holds ? {} : { wouldChange: wouldChange[rule] }),
          })),
        })),
      };
    },
  });
}
