/** Users, as the app registers them, and the tokens that it hands to them. */
import * as z from 'zod';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { User, UserDirectory } from '../../../ports/people/userDirectory.ts';
import { putUser, putUsers, userParams, userToken, userView } from '../../../protocol/http/http.ts';
import type { Settings, UserView } from '../../../protocol/http/http.ts';
import { userId } from '../../../protocol/shared/ids.ts';
import { cursorAt, next, usualPage } from '../../../protocol/http/paging.ts';
import { placeAfter } from '../paging.ts';
import { noAnswer, noBody, noParams, route, routeWithQuery } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

export interface UserRoutesOptions {
  readonly users: UserDirectory;
  readonly useCases: UseCases;
}

const userList = z.object({ users: z.array(userView) }).meta({ id: 'UserList' });

const userPage = userList.extend({ next }).meta({ id: 'UserPage' });

export function userRoutes({ users, useCases }: UserRoutesOptions): readonly Route[] {
  return [...directoryRoutes(users), ...accountRoutes(useCases)];
}

/** The registered users. */
function directoryRoutes(users: UserDirectory): readonly Route[] {
  return [
    route({
      method: 'put',
      path: '/v1/users/{userId}',
      status: 200,
      access: 'app',
      scope: 'people',
      summary: 'Creates a user (with calling off), or updates the app’s data of one.',
      params: userParams,
      body: putUser,
      answer: userView,
      handler: async ({ params, body: { name, verified } }) =>
        viewOf(await users.put({ id: params.userId, name, isVerified: verified })),
    }),
    route({
      method: 'post',
      path: '/v1/users',
      status: 200,
      access: 'app',
      scope: 'people',
      bulk: true,
      summary: 'Creates or updates many users, each as in the single request.',
      params: noParams,
      body: putUsers,
      answer: userList,
      handler: async ({ body }) => ({ users: (await putAll(users, body)).map(viewOf) }),
    }),
    routeWithQuery({
      method: 'get',
      path: '/v1/users',
      status: 200,
      access: 'app',
      scope: 'read',
      summary: 'Lists all users that the app has created, by id.',
      params: noParams,
      query: usualPage,
      body: noBody,
      answer: userPage,
      handler: async ({ query: { limit, after } }) => {
        const page = await users.list({ limit, after: placeAfter(userId, after) });
        return { users: page.users.map(viewOf), ...(page.next === undefined ? {} : { next: cursorAt(page.next) }) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/users/{userId}',
      status: 200,
      access: 'app',
      scope: 'read',
      summary: 'Gets a user.',
      params: userParams,
      body: noBody,
      answer: userView,
      refusals: ['user_not_found'],
      handler: async ({ params }) => viewOf(await userOr404(users.get(params.userId))),
    }),
  ];
}

function putAll(directory: UserDirectory, { users }: z.output<typeof putUsers>): Promise<readonly User[]> {
  return Promise.all(users.map(({ id, name, verified }) => directory.put({ id, name, isVerified: verified })));
}

/** A user's tokens, sign-out and erasure. */
function accountRoutes(useCases: UseCases): readonly Route[] {
  return [
    route({
      method: 'delete',
      path: '/v1/users/{userId}',
      status: 204,
      access: 'app',
      scope: 'people',
      summary:
        'Erases a user and everything stored about them. They leave their calls; other participants keep the calls, without the name.',
      params: userParams,
      body: noBody,
      answer: noAnswer,
      refusals: ['user_not_found'],
      handler: async ({ params }) => {
        if (!(await useCases.forgetUser(params.userId))) throw new CallError('user_not_found');
      },
    }),
    route({
      method: 'post',
      path: '/v1/users/{userId}/sign-out',
      status: 204,
      access: 'app',
      scope: 'people',
      summary:
        'Signs a user out everywhere: earlier tokens become void, and sockets and sessions close within two seconds on every ' +
        'node. The user leaves active calls. Ringing calls keep ringing for devices with a new token.',
      params: userParams,
      body: noBody,
      answer: noAnswer,
      refusals: ['user_not_found'],
      // A repeated request must not sign out somebody who has signed in since.
      once: { newId: () => 'done', remake: () => Promise.resolve() },
      handler: ({ params }) => useCases.signOutUser(params.userId),
    }),
    route({
      method: 'post',
      path: '/v1/users/{userId}/tokens',
      status: 201,
      access: 'app',
      scope: 'people',
      summary: 'Issues a short-lived token for a user.',
      // Not idempotent: it has no lasting effect, and keeping the answer would store a secret.
      params: userParams,
      body: noBody,
      answer: userToken,
      refusals: ['user_not_found'],
      handler: ({ params }) => useCases.issueUserToken(params.userId),
    }),
  ];
}

export function viewOf({ id, name, isVerified, settings: { callingOn } }: User): UserView {
  return { id, name, verified: isVerified, callingOn };
}

export function settingsView({ settings }: User): Settings {
  const { audiences, groupAudiences } = settings;
  return { ...settings, audiences: [...audiences], groupAudiences: [...groupAudiences] };
}

export async function userOr404(found: Promise<User | undefined>): Promise<User> {
  const user = await found;
  if (user === undefined) throw new CallError('user_not_found');
  return user;
}
