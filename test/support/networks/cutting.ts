/** Clients that are cut off at a chosen moment: by RST, by FIN, or never. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** `reset`: RST. `end`: FIN, then nothing. `halfOpen`: FIN of the client alone, which reads no more. */
export const cuts = ['reset', 'end', 'halfOpen'] as const;
export type Cut = (typeof cuts)[number];

export interface CutAt {
  readonly port: number;
  readonly bytes: string | Buffer;
  readonly cut: Cut;
  /** At once, some milliseconds later, or when the first bytes of an answer are there. */
  readonly when: 'atOnce' | 'soon' | 'answered';
}

const soonMs = 5;
/** Some of what is sent is half a request, which nobody answers. */
const answeredWithinMs = 100;

/** Resolves once it is cut. Whoever is left half open is closed by `released` of `leftOpen`. */
export async function cutOff({ port, bytes, cut, when }: CutAt, leftOpen: Socket[]): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.once('close', resolve);
    socket.once('connect', () => {
      if (bytes.length === 0) resolve();
      else
        socket.write(bytes, () => {
          resolve();
        });
    });
  });
  if (when !== 'atOnce') await heard(socket, when === 'soon' ? soonMs : answeredWithinMs, when === 'answered');
  if (cut === 'reset') socket.resetAndDestroy();
  else if (cut === 'end') socket.destroySoon();
  else {
    socket.pause();
    socket.end();
    leftOpen.push(socket);
  }
}

function heard(socket: Socket, withinMs: number, byData: boolean): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, withinMs);
    const done = () => {
      clearTimeout(late);
      resolve();
    };
    socket.once('close', done);
    if (byData) socket.once('data', done);
  });
}
