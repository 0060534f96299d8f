/**
 * Whole pictures at once for a device that came by another network, and for those who receive from it. What was lost on
 * the way may be too old to be sent again, and a receiver would wait for it for seconds before it asks.
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

/** A client that lets its packets come from two places in turn makes no more work than this. */
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

/** The last of several is never left out. */
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

/** Those on one router who have the same layer ask once. */
function request(receivers: readonly Receiver[], isWanted: (subscription: Received) => boolean): void {
  const asked = new Set<string>();
  for (const { broadcastRouter, subscriptions } of receivers) {
    for (const subscription of subscriptions.values()) {
      const { consumer } = subscription;
      if (consumer.kind !== 'video' || consumer.paused || consumer.closed || !isWanted(subscription)) continue;
      const key = `${consumer.producerId} ${consumer.currentLayers?.spatialLayer ?? ''} ${broadcastRouter.router.id}`;
      if (asked.has(key)) continue;
      asked.add(key);
      // One that closes meanwhile needs no picture; the receiver of another asks by itself, later.
      consumer.requestKeyFrame().catch(() => undefined);
    }
  }
}
