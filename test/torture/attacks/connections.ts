/** Raw TCP connections to a server, up to a stage of a protocol, and the ways in which a client lets go of them. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Dice } from '../../../src/load/plan/dice.ts';
import { between } from '../../support/between.ts';

const upgrade = (path: string, to: string) =>
  `GET ${path} HTTP/1.1\r\nHost: torture\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
/** A masked text frame that says it has 100 bytes, and has 4. */
const halfFrame = Buffer.from([0x81, 0xe4, 1, 2, 3, 4, 5, 6, 7, 8]);

/** What was written before the connection is let go. */
export const stages: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'nothing said': [],
  'in the request line': ['GET /v1/con'],
  'in the headers': ['GET /v1/users HTTP/1.1\r\nHost: torture\r\nAccep'],
  'a request': ['GET /v1/users HTTP/1.1\r\nHost: torture\r\n\r\n'],
  'two requests at once': ['GET /a HTTP/1.1\r\nHost: torture\r\n\r\nGET /b HTTP/1.1\r\nHost: torture\r\n\r\n'],
  'in a body': [
    'POST /v1/calls HTTP/1.1\r\nHost: torture\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"a',
  ],
  'no HTTP at all': ['\u0016\u0003\u0001\u0002\u0000\u0001'],
  'an upgrade to what nobody knows': [upgrade('/x', 'x')],
  'an upgrade on another path': [upgrade('/x', 'websocket')],
  'an upgrade': [upgrade('/v1/connect', 'websocket')],
  'in a frame': [upgrade('/v1/connect', 'websocket'), halfFrame],
};
export const stageNames = Object.keys(stages);
export const ways = ['RST', 'FIN', 'half-open'] as const;
export type Way = (typeof ways)[number];

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string;
}
/** All of it drawn before it is done. */
export interface Cut {
  readonly stage: string;
  readonly way: Way;
  readonly afterMs: number;
}

const longestAfterMs = 20;

export const drawCut = (dice: Dice): Cut => ({
  stage: dice.oneOf(stageNames),
  way: dice.oneOf(ways),
  afterMs: between(dice, 0, longestAfterMs),
});

/** Connected, with what belongs to the stage written. Its errors are the point of it, and nobody's concern. */
export async function open({ host, port, localAddress }: Place, stage: string): Promise<Socket> {
  const socket = connect({ host, port, localAddress, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } finally {
    socket.on('error', () => undefined);
  }
  socket.resume();
  for (const bytes of stages[stage] ?? []) if (socket.writable) socket.write(bytes);
  return socket;
}

export function letGo(socket: Socket, way: Way): void {
  if (way === 'RST') socket.resetAndDestroy();
  else if (way === 'FIN') socket.destroy();
  else socket.end();
}
