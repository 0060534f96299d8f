/** Development only: a few users that anybody may act as, so that two tabs can call each other. */
import * as z from 'zod';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { Relations } from '../../../ports/people/relations.ts';
import type { UserDirectory } from '../../../ports/people/userDirectory.ts';
import { userToken } from '../../../protocol/http/http.ts';
import { userId } from '../../../protocol/shared/ids.ts';
import { noBody, noParams, route } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

export const demoPeople = [
  { id: 'alice', name: 'Alice' },
  { id: 'bob', name: 'Bob' },
  { id: 'carol', name: 'Carol' },
  { id: 'dan', name: 'Dan' },
] as const;

/**
 * Creates the demo users. All follow each other and have written to each other, so any two may call once both have
 * switched calling on. Existing settings are kept.
 */
export async function putDemoPeople(users: UserDirectory, relations: Relations): Promise<void> {
  for (const person of demoPeople) await users.put({ ...person, isVerified: false });
  const pairs = demoPeople.flatMap(({ id: from }) => demoPeople.map(({ id: to }) => ({ from, to })));
  const strangers = pairs.filter(({ from, to }) => from !== to);
  await relations.change(
    strangers.flatMap((pair) => (['follows', 'wrote_to'] as const).map((kind) => ({ ...pair, kind, holds: true }))),
  );
}

const people = z.object({ people: z.array(z.object({ id: userId, name: z.string() })) });

export function demoRoutes({ useCases }: { readonly useCases: Pick<UseCases, 'issueUserToken'> }): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/demo/people',
      status: 200,
      access: 'anybody',
      summary: 'Lists the demo people.',
      params: noParams,
      body: noBody,
      answer: people,
      handler: () => Promise.resolve({ people: [...demoPeople] }),
    }),
    route({
      method: 'post',
      path: '/demo/people/{id}/token',
      status: 201,
      access: 'anybody',
      summary: 'Gets a user token for a demo person.',
      params: z.object({ id: userId }),
      body: noBody,
      answer: userToken,
      refusals: ['user_not_found'],
      handler: ({ params }) => {
        const person = demoPeople.find(({ id }) => id === params.id);
        if (person === undefined) throw new CallError('user_not_found');
        return useCases.issueUserToken(person.id);
      },
    }),
  ];
}
