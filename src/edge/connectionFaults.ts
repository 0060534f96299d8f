/**
 * Faults of single connections. Each is counted, and each cause is logged once. A fault concerns one client and never
 * ends the process. If every one were logged, a stranger could fill the disk.
 */
import type { ConnectionCut, ConnectionEdge, ConnectionMetrics } from '../ports/system/connectionMetrics.ts';
import type { Log } from '../ports/system/log.ts';

export interface ConnectionFaultsOptions {
  readonly edge: ConnectionEdge;
  readonly metrics: ConnectionMetrics;
  readonly log: Log;
}

/** How many logged causes are remembered. Node and the HTTP parser have fewer codes. */
const maxCauses = 100;

export class ConnectionFaults {
  readonly #options: ConnectionFaultsOptions;
  readonly #logged = new Set<string>();

  constructor(options: ConnectionFaultsOptions) {
    this.#options = options;
  }

  /** An error of a connection, or of the server that accepts connections. */
  failed(error: unknown): void {
    const code = codeOf(error);
    this.#count(cutOf(code), code ?? 'an error without a code', error);
  }

  /** The server cut the connection. */
  cut(why: Exclude<ConnectionCut, 'fault'>): void {
    this.#count(why, why, undefined);
  }

  #count(why: ConnectionCut, cause: string, error: unknown): void {
    const { edge, metrics, log } = this.#options;
    metrics.connectionCut(edge, why);
    if (this.#logged.has(cause) || this.#logged.size >= maxCauses) return;
    this.#logged.add(cause);
    const fields = { method: edge, reason: cause };
    if (why === 'crowded') {
      log.warn(
        'a network reached its limit of connections: if it is a reverse proxy, set it in VEILCAST_TRUSTED_PROXIES',
        fields,
      );
    } else if (why === 'fault')
      log.error('a connection failed, caused by this server: further ones with this cause are only counted', {
        ...fields,
        error,
      });
    else log.info('a connection was cut: further ones with this cause are only counted', fields);
  }
}

const resets = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ENOTCONN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);
const timeouts = new Set(['ETIMEDOUT', 'ERR_HTTP_REQUEST_TIMEOUT']);
/** No file descriptor or memory is left for another connection. */
const refusals = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

function cutOf(code: string | undefined): ConnectionCut {
  if (code === undefined) return 'fault';
  if (resets.has(code)) return 'reset';
  if (timeouts.has(code)) return 'timeout';
  if (refusals.has(code)) return 'refused';
  return code.startsWith('HPE_') || code.startsWith('WS_ERR_') ? 'malformed' : 'fault';
}

/** Error codes are words in capitals. Anything else must not be logged. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string')
    return undefined;
  return /^[A-Z][A-Z0-9_]{1,63}$/.test(error.code) ? error.code : undefined;
}
