/**
 * The last line of defence. Every connection has an error listener of its own; should one be without, as in a library, its
 * loss is still the matter of that connection and not of everybody's calls. All other errors that nobody caught end the
 * process as they always did: nobody knows what they left behind.
 */
import type { Log } from '../../ports/system/log.ts';

export interface StrayErrorsOptions {
  readonly log: Log;
  readonly process: Pick<NodeJS.EventEmitter, 'on'>;
  readonly exit: (code: number) => void;
}

/** What the operating system says of a connection that the other side or the network ended. */
const ofConnections = new Set([
  ...['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED'],
  ...['EHOSTDOWN', 'ENETDOWN', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_DESTROYED'],
]);

export function surviveStrayErrors({ log, process, exit }: StrayErrorsOptions): void {
  const told = new Set<string>();
  process.on('uncaughtException', (error: unknown) => {
    const code = connectionCode(error);
    if (code === undefined) {
      log.error('the process ends: nobody caught this error', { error });
      exit(1);
      return;
    }
    if (told.has(code)) return;
    told.add(code);
    log.error('a connection without a listener was lost; more of the same are not told', { reason: code, error });
  });
}

function connectionCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string')
    return undefined;
  return ofConnections.has(error.code) ? error.code : undefined;
}
