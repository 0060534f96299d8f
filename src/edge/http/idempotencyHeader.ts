/** Requests with an `Idempotency-Key` header. */
import * as z from 'zod';
import { idempotencyKey } from '../../protocol/shared/ids.ts';
import { keysOfApp, keysOfUser } from '../idempotent.ts';
import type { Idempotent } from '../idempotent.ts';
import type { Caller } from './auth.ts';
import { parseRequest } from './route.ts';
import type { Prepared, Reply } from './route.ts';

/** The name of the key in validation errors. */
const header = z.object({ 'Idempotency-Key': idempotencyKey.optional() });

export interface RequestIdentity {
  readonly caller: Caller | undefined;
  /** Method and path pattern of the route. The spelling of the URL does not matter. */
  readonly route: string;
}

/** Runs the work directly if there is no key. */
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
  if (caller === undefined)
    throw new Error('a route without a credential cannot be idempotent: its callers would share keys');
  return caller.kind === 'app' ? keysOfApp : keysOfUser(caller.userId);
}
