/**
 * Requests key frames for a device that changed its network, and for those that receive from it. Packets lost on the
 * way may be too old for retransmission, and a receiver would wait for seconds before it asks.
 */
import type { types } from 'mediasoup';
import type { Direction } from '../../../protocol/shared/media.ts';

/** The parts of a transport, a subscription and a session that are used here. */
export interface Path {
  readonly closed: boolean;
  on(event: 'iceselectedtuplechange', listener: () => void): unknown;
}
export interface Received {
  readonly track: object;
  readonly consumer: Pick<
    types.Consumer,
    'kind' | 'paused' | 'closed' | 'producerId' | 'currentLayers' | 'requestKeyFrame'
  >;
}
export interface Receiver {
  readonly broadcastRouter: { readonly router: { readonly id: string } };
  readonly tracks: ReadonlyMap<string, object>;
  readonly subscriptions: ReadonlyMap<string, Received>;
}

/** Limits the work when a client's packets alternate between two addresses. */
const atMostEveryMs = 500;

export function askForPicturesAfterMoves(
  session: Receiver,
  transports: Readonly<Record<Direction, Path>>,
  all: () => readonly Receiver[],
): void {
  onMoves(transports.receive, () => {
    request([session], () => true);
  });
  onMoves(transports.send, () => {
    const theirs = new Set(session.tracks.values());
    request(all(), ({ track }) => theirs.has(track));
  });
}

/** Calls the listener also after the last of several moves. */
function onMoves(transport: Path, listener: () => void): void {
  let lastAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  transport.on('iceselectedtuplechange', () => {
    if (timer !== undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        lastAt = performance.now();
        if (!transport.closed) listener();
      },
      Math.max(0, lastAt + atMostEveryMs - performance.now()),
    );
  });
}

/** One request for all receivers with the same router and layer. */
function request(receivers: readonly Receiver[], isWanted: (subscription: Received) => boolean): void {
  const asked = new Set<string>();
  for (const { broadcastRouter, subscriptions } of receivers) {
    for (const subscription of subscriptions.values()) {
      const { consumer } = subscription;
      if (consumer.kind !== 'video' || consumer.paused || consumer.closed || !isWanted(subscription)) continue;
      const key = `${consumer.producerId} ${consumer.currentLayers?.spatialLayer ?? ''} ${broadcastRouter.router.id}`;
      if (asked.has(key)) continue;
      asked.add(key);
      // A closed consumer needs no key frame; other receivers request one later by themselves.
      consumer.requestKeyFrame().catch(() => undefined);
    }
  }
}
