/** A user's own settings, and whom they may call. */
import { revealed } from '../../../domain/people/policy.ts';
import type { PolicyAnswer } from '../../../domain/people/policy.ts';
import type { UserDirectory } from '../../../ports/people/userDirectory.ts';
import {
  askCallable,
  callable,
  callableList,
  changeSettings,
  settings,
  userParams,
} from '../../../protocol/http/http.ts';
import type { Callable } from '../../../protocol/http/http.ts';
import { noBody, noParams, route } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';
import { settingsView, userOr404 } from './users.ts';

export interface MeRoutesOptions {
  readonly users: UserDirectory;
  readonly useCases: UseCases;
}

export function meRoutes({ users, useCases }: MeRoutesOptions): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/me/settings',
      status: 200,
      access: 'user',
      summary: 'Gets the user’s call settings.',
      params: noParams,
      body: noBody,
      answer: settings,
      refusals: ['user_not_found'],
      handler: async ({ caller }) => settingsView(await userOr404(users.get(caller.userId))),
    }),
    route({
      method: 'patch',
      path: '/v1/me/settings',
      status: 200,
      access: 'user',
      summary: 'Changes the given call settings of the user.',
      params: noParams,
      body: changeSettings,
      answer: settings,
      refusals: ['user_not_found'],
      handler: async ({ caller, body }) => settingsView(await userOr404(users.changeSettings(caller.userId, body))),
    }),
    route({
      method: 'get',
      path: '/v1/users/{userId}/callable',
      status: 200,
      access: 'user',
      summary:
        'Checks whether the user may call another. All reasons on the other’s side have the same answer, also if no such user exists.',
      params: userParams,
      body: noBody,
      answer: callable,
      handler: async ({ caller, params }) => {
        const [answer] = await useCases.callable({ callerId: caller.userId, calleeIds: [params.userId] });
        return callableAnswer(answer);
      },
    }),
    route({
      method: 'post',
      path: '/v1/me/callable',
      status: 200,
      access: 'user',
      summary:
        'Checks whether the user may call each of several others, in the given order. Each answer is the same as for one.',
      params: noParams,
      body: askCallable,
      answer: callableList,
      handler: async ({ caller, body: { userIds, group } }) => {
        const answers = await useCases.callable({ callerId: caller.userId, calleeIds: userIds, isGroup: group });
        return { answers: answers.map((answer) => ({ userId: answer.calleeId, ...callableAnswer(answer) })) };
      },
    }),
  ];
}

function callableAnswer(answer: PolicyAnswer | undefined): Callable {
  const because = answer === undefined ? 'not_callable' : revealed(answer);
  return because === undefined ? { callable: true } : { callable: false, because };
}
