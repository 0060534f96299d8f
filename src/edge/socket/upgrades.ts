/** Offers to speak WebSocket at `/v1/connect`: which are wanted, and how one is refused. */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import { problemOf } from '../http/errorHandler.ts';

export const connectPath = '/v1/connect';

/** A peer that does not close its side is not waited for longer. */
export const closingMs = 2_000;

export const websocket = 'websocket';

/** What is done with offers to upgrade: those that are not wanted are answered as if they were not there (RFC 9110 §7.8). */
export interface Upgrades {
  readonly wants: (request: IncomingMessage) => boolean;
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Offers may name several protocols. Those of HTTP/1.0 are to be ignored. */
export function wantsUpgrade({ method, url = '', headers, httpVersion }: IncomingMessage): boolean {
  if (method !== 'GET' || httpVersion === '1.0' || pathOf(url) !== connectPath) return false;
  return (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === websocket);
}

/** Also of a whole URL, as requests to proxies have it. One slash at the end is the same path, as for other routes. */
export function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Whatever becomes of the handshake, the connection does not stay without one. Answered function: it was made. */
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

/** As an HTTP answer, since no socket was opened. The caller sees to it that the connection ends. */
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
  // What still comes is thrown away: to end with unread bytes would take the answer from the client as well.
  socket.resume();
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** Of the WebSocket protocol that the library speaks. */
const versions = ['13', '8'];

/** The offer is one of WebSocket, but not as the protocol has it. */
export function refuseHandshake(socket: Duplex, { headers }: IncomingMessage): void {
  const isOtherVersion = !versions.includes(headers['sec-websocket-version'] ?? '');
  if (!isOtherVersion) refuseUpgrade(socket, 'invalid_request');
  else {
    const spoken = `Sec-WebSocket-Version: ${versions.join(', ')}`;
    refuseUpgrade(socket, 'upgrade_required', ['Upgrade: websocket', spoken]);
  }
}
