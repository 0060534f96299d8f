/** Offers to upgrade to WebSocket at `/v1/connect`: which are accepted, and how one is refused. */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import { problemOf } from '../http/errorHandler.ts';

export const connectPath = '/v1/connect';

/** The longest wait for a peer that does not close its side. */
export const closingMs = 2_000;

export const websocket = 'websocket';

/** What is done with upgrade offers. Unwanted ones are treated as if they were absent (RFC 9110 §7.8). */
export interface Upgrades {
  readonly wants: (request: IncomingMessage) => boolean;
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** An offer may name several protocols. Offers in HTTP/1.0 must be ignored. */
export function wantsUpgrade({ method, url = '', headers, httpVersion }: IncomingMessage): boolean {
  if (method !== 'GET' || httpVersion === '1.0' || pathOf(url) !== connectPath) return false;
  return (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === websocket);
}

/**
 * Accepts whole URLs as well, as in requests to proxies. A slash at the end makes no difference, as on other routes.
 */
export function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Closes the connection if the handshake is not done in time. Call the returned function when it is done. */
export function closeUnlessOpened(socket: Duplex): () => void {
  const late = setTimeout(() => {
    socket.destroy();
  }, closingMs);
  const stop = () => {
    clearTimeout(late);
  };
  socket.once('close', stop);
  return stop;
}

/** Answers over HTTP, since no socket was opened. The caller must make sure that the connection ends. */
export function refuseUpgrade(socket: Duplex, code: ErrorCode, headers: readonly string[] = []): void {
  const problem = problemOf(new CallError(code));
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    ...headers,
  ];
  // Discards what still arrives. If the connection ended with unread bytes, the client would lose the answer as well.
  socket.resume();
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** The versions of the WebSocket protocol that the library supports. */
const versions = ['13', '8'];

/** The offer is for WebSocket, but does not follow the protocol. */
export function refuseHandshake(socket: Duplex, { headers }: IncomingMessage): void {
  const isOtherVersion = !versions.includes(headers['sec-websocket-version'] ?? '');
  if (!isOtherVersion) refuseUpgrade(socket, 'invalid_request');
  else {
    const spoken = `Sec-WebSocket-Version: ${versions.join(', ')}`;
    refuseUpgrade(socket, 'upgrade_required', ['Upgrade: websocket', spoken]);
  }
}
