/**
 * Who may use the admin port. Where it listens on loopback, programs of this machine may, without a credential. Everybody
 * else needs an API key: so does a request that names a proxy, and one by a host name, which any page in a browser of
 * this machine could point here (DNS rebinding). A proxy that does not name itself cannot be told from a program of this
 * machine: `adminKeyOnLoopback` is for that.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { CallError } from '../../domain/kernel/errors.ts';
import { bearerIn } from '../apiKeys.ts';
import type { ApiKeys, Scope } from '../apiKeys.ts';
import { allowsHostsOf } from '../http/hosts.ts';

export interface AdminAccess {
  readonly apiKeys: ApiKeys;
  /** Where it listens on loopback, unless the operator asks for a key there, too. */
  readonly trustsThisMachine: boolean;
}

/** In the audit log, in place of the name of a key. */
export const onLoopback = 'loopback';

const addressesAlone = allowsHostsOf([]);
const marksOfProxies = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'] as const;

/**
 * The name of who asks. Throws `unauthenticated`, `key_expired`, or `scope_missing` for a key that has none of the
 * scopes.
 */
export function operatorOf(headers: IncomingHttpHeaders, scopes: readonly Scope[], access: AdminAccess): string {
  const credential = bearerIn(headers.authorization);
  if (credential === undefined && access.trustsThisMachine && comesFromThisMachine(headers)) return onLoopback;
  const key = credential === undefined ? undefined : access.apiKeys.find(credential);
  if (key === undefined) throw new CallError('unauthenticated');
  if (!key.scopes.some((scope) => scopes.includes(scope))) throw new CallError('scope_missing');
  return key.name;
}

function comesFromThisMachine(headers: IncomingHttpHeaders): boolean {
  return addressesAlone(headers.host) && marksOfProxies.every((name) => headers[name] === undefined);
}
