/**
 * Connections that say little and stay: each has a bound in time, whatever its state. An offer to upgrade that nobody
 * wants is a usual request, whose connection then is idle; what was begun is closed when its time is over; so is what
 * never said anything on the media port. A run that is shorter than a bound does not judge it.
 */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { once, pause } from '../torment.ts';
import type { Attack, Torment } from '../torment.ts';
import { open } from './connections.ts';
import type { Place } from './connections.ts';

interface Kind {
  readonly name: string;
  readonly stage: string;
  readonly port: 'api' | 'admin' | 'media';
  readonly closedWithinMs: number;
}

const kinds: readonly Kind[] = [
  { name: 'a refused upgrade', stage: 'an upgrade to what nobody knows', port: 'api', closedWithinMs: 180_000 },
  {
    name: 'an upgrade refused for its path',
    stage: 'an upgrade on another path',
    port: 'api',
    closedWithinMs: 180_000,
  },
  { name: 'a socket without hello', stage: 'an upgrade', port: 'api', closedWithinMs: 40_000 },
  { name: 'half the headers', stage: 'in the headers', port: 'api', closedWithinMs: 180_000 },
  { name: 'half the headers at the admin port', stage: 'in the headers', port: 'admin', closedWithinMs: 180_000 },
  { name: 'a silent connection', stage: 'nothing said', port: 'api', closedWithinMs: 180_000 },
  { name: 'a silent connection at the media port', stage: 'nothing said', port: 'media', closedWithinMs: 180_000 },
];
const ofEach = 20;
const settleMs = 500;

export const halfOpens: Attack = async (torment) => {
  const [node] = torment.stage.nodes.values();
  if (node === undefined) return;
  const { hostname: host } = new URL(node.url);
  const ports = { api: node.httpPort, admin: Number(new URL(node.adminUrl).port), media: node.mediaPorts[0] ?? 0 };
  await Promise.all(
    kinds.map((kind) =>
      once(torment, kind.name, async () => {
        const place = { host, port: ports[kind.port], localAddress: torment.stage.clientAddress };
        await keep(torment, kind, place);
      }),
    ),
  );
};

async function keep(torment: Torment, kind: Kind, place: Place): Promise<void> {
  const kept = new Set<Socket>();
  const openedAt = Date.now();
  for (let count = 0; count < ofEach; count += 1) {
    const socket = await open(place, kind.stage);
    kept.add(socket);
    // Its own direction stays open when the server has closed the other, as that of a client who is gone without a word.
    socket.once('close', () => kept.delete(socket));
  }
  await pause(torment, openedAt + kind.closedWithinMs - Date.now());
  // A write to a connection that the server has closed is answered by RST: what then still stands is kept.
  if (Date.now() >= openedAt + kind.closedWithinMs) {
    for (const socket of kept) socket.write('\r\n');
    await delay(settleMs);
    for (const socket of kept) socket.write('\r\n');
    await delay(settleMs);
    if (kept.size > 0) {
      torment.found.push({
        rule: 'connection kept',
        what: `${kept.size} of ${ofEach} times ${kind.name}, after ${kind.closedWithinMs} ms`,
      });
    }
  }
  for (const socket of kept) socket.destroy();
}
