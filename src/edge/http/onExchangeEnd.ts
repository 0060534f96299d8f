/** Ends a count together with the exchange that it counts. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const endsOfSockets = new WeakMap<Duplex, Set<() => void>>();

/**
 * Calls `end` once: when the response is over, or its connection, or at once if either is over already. A response that
 * waits behind another one on its connection (RFC 9112 §9.3.2) emits no `close` when the connection is cut.
 */
export function onExchangeEnd(whole: ServerResponse | Duplex, socket: Duplex, end: () => void): void {
  if (whole.closed || whole.destroyed || socket.destroyed) {
    end();
    return;
  }
  const ends = endsOf(socket);
  const over = (): void => {
    if (!ends.delete(over)) return;
    whole.off('close', over);
    end();
  };
  ends.add(over);
  whole.once('close', over);
}

/** One listener for each connection, however many requests wait on it. */
function endsOf(socket: Duplex): Set<() => void> {
  const known = endsOfSockets.get(socket);
  if (known !== undefined) return known;
  const ends = new Set<() => void>();
  endsOfSockets.set(socket, ends);
  socket.once('close', () => {
    for (const end of [...ends]) end();
  });
  return ends;
}
