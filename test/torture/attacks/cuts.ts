/** Connections that are cut at every stage, on both ports of every node: by RST, by FIN, and by one direction alone. */
import { setTimeout as delay } from 'node:timers/promises';
import { isOver, pause } from '../torment.ts';
import type { Attack, Torment } from '../torment.ts';
import { drawCut, letGo, open } from './connections.ts';
import type { Cut, Place } from './connections.ts';

/** In five minutes; some more than must be, since a node that has crashed takes none for a while. */
const wanted = 2_600;
const together = 20;
const wholeMs = 280_000;
/** One direction is closed for so long, then the other. */
const halfOpenMs = 500;

export const cuts: Attack = async (torment) => {
  const { dice, scale } = torment;
  const rounds = Math.ceil((wanted * scale) / together);
  for (let round = 0; round < rounds && !isOver(torment); round += 1) {
    const drawn = Array.from({ length: together }, () => ({ cut: drawCut(dice), chance: dice.throw() }));
    const places = placesOf(torment);
    await Promise.all(
      drawn.map(async ({ cut, chance }) => {
        const place = places[Math.floor(chance * places.length)];
        if (place !== undefined && (await isCut(place, cut))) torment.tried.cuts += 1;
      }),
    );
    await pause(torment, (wholeMs * scale) / rounds);
  }
};

function placesOf({ stage }: Torment): readonly Place[] {
  return [...stage.nodes.values()].flatMap((node) =>
    [node.url, node.adminUrl].map((url) => {
      const { hostname: host, port } = new URL(url);
      return { host, port: Number(port), localAddress: stage.clientAddress };
    }),
  );
}

/** Undefined when there was nobody to connect to. */
async function isCut(place: Place, { stage, way, afterMs }: Cut): Promise<boolean> {
  try {
    const socket = await open(place, stage);
    await delay(afterMs);
    letGo(socket, way);
    if (way === 'half-open') {
      await delay(halfOpenMs);
      socket.destroy();
    }
    return true;
  } catch {
    return false;
  }
}
