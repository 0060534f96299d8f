/** Requests with the header `Idempotency-Key`. */
import * as z from 'zod';
import { idempotencyKey } from '../../protocol/shared/ids.ts';
import { keysOfApp, keysOfUser } from '../idempotent.ts';
import type { Idempotent } from '../idempotent.ts';
import type { Caller } from './auth.ts';
import { parseRequest } from './route.ts';
import type { Prepared, Reply } from './route.ts';

/** How the key is named where a request departs from its schema. */
const header = z.object({ 'Idempotency-Key': idempotencyKey.optional() });

export interface RequestIdentity {
  readonly caller: Caller | undefined;
  /** Method and pattern of the route: how its path was written is no matter. */
  readonly route: string;
}

/** Does the work at once when there is no key. */
export function onceForKey(
  idempotent: Idempotent,
  rawKey: string | undefined,
  { caller, route }: RequestIdentity,
  { work, repeatable, request }: Prepared,
): Promise<Reply> {
  const key = parseRequest(header, { 'Idempotency-Key': rawKey })['Idempotency-Key'];
  if (key === undefined || repeatable === undefined) return work();
  const { newId, idIn, remake } = repeatable;
  return idempotent.once<Reply>({
    scope: scopeOf(caller),
    key,
    asks: [route, request],
    newId,
    work,
    remake,
    outcomeOf: ({ body }) => idIn(body),
  });
}

function scopeOf(caller: Caller | undefined): string {
  if (caller === undefined) throw new Error('a route for anybody cannot be idempotent: its keys would be shared');
  return caller.kind === 'app' ? keysOfApp : keysOfUser(caller.userId);
}
