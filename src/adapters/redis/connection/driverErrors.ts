/** Turns errors of the driver into ours. */
import { ErrorReply } from 'redis';
import { CallError } from '../../../domain/kernel/errors.ts';

/** Replies of a server that is up but cannot serve now (starting, failing over, out of memory or disk). */
const passing = /^(LOADING|BUSY|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|NOREPLICAS|UNBLOCKED)\b/;

export function translated(error: unknown): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof ErrorReply) {
    return new CallError(passing.test(error.message) ? 'unavailable' : 'internal', { cause: error });
  }
  // Errors of the language itself are bugs of ours; all others mean a failed connection.
  const ours = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return new CallError(ours ? 'internal' : 'unavailable', { cause: error });
}

export function isReply(error: unknown, code: 'NOSCRIPT' | 'NOGROUP' | 'BUSYGROUP' | 'WRONGTYPE' | 'ERR'): boolean {
  return error instanceof ErrorReply && error.message.startsWith(code);
}
