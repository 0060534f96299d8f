/**
 * The last line of defence. Every connection has its own error listener. If one lacks it, as in a library, its loss
 * must not end everybody's calls. All other uncaught errors end the process as usual: the state they leave is unknown.
 */
import type { Log } from '../../ports/system/log.ts';

export interface StrayErrorsOptions {
  readonly log: Log;
  readonly process: Pick<NodeJS.EventEmitter, 'on'>;
  readonly exit: (code: number) => void;
}

/** Codes of the operating system for connections that the other side or the network ended. */
const ofConnections = new Set([
  ...['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED'],
  ...['EHOSTDOWN', 'ENETDOWN', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_DESTROYED'],
]);

export function surviveStrayErrors({ log, process, exit }: StrayErrorsOptions): void {
  const logged = new Set<string>();
  process.on('uncaughtException', (error: unknown) => {
    const code = connectionCode(error);
    if (code === undefined) {
      log.error('the process ends: an error was not caught', { error });
      exit(1);
      return;
    }
    if (logged.has(code)) return;
    logged.add(code);
    log.error('a connection without an error listener failed: further ones with this cause are not logged', {
      reason: code,
      error,
    });
  });
}

function connectionCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string')
    return undefined;
  return ofConnections.has(error.code) ? error.code : undefined;
}
