/**
 * The receiving end of a pipe between nodes: a broadcast of another node. Each track crosses once, for all viewers on
 * this node. It ends with its last viewer, or when either end is lost.
 */
import type { PipeState } from '../../../protocol/internal/nodeMessages.ts';
import type { Ask } from '../workers/workerRequests.ts';
import type { Broadcast } from '../broadcast/broadcast.ts';
import type { PipeSide } from '../routers/pipeTransport.ts';
import { fromWire } from '../../../protocol/internal/admissionWire.ts';
import { PublishedTrack } from '../session/track.ts';
import { toPipedParameters } from '../workers/rtpMapping.ts';
import { SerialQueue } from '../../../support/serialQueue.ts';

export interface EdgeBroadcastOptions {
  readonly broadcast: Broadcast;
  readonly end: PipeSide;
  readonly ask: Ask;
}

export class EdgeBroadcast {
  readonly broadcast: Broadcast;
  readonly #options: EdgeBroadcastOptions;
  readonly #turns = new SerialQueue();

  constructor(options: EdgeBroadcastOptions) {
    this.broadcast = options.broadcast;
    this.#options = options;
  }

  /** Each state is complete. They are applied one at a time, and the newest counts. */
  apply(state: PipeState): Promise<void> {
    return this.#turns.run(() => this.#apply(state));
  }

  async #apply({ admission, tracks }: PipeState): Promise<void> {
    const { broadcast } = this;
    const wanted = new Map(tracks.map((track) => [track.producerId, track]));
    const known = new Map([...broadcast.offering.tracks()].map((track) => [track.producer.id, track]));
    broadcast.offering.withdrawForeign([...known.values()].filter(({ producer }) => !wanted.has(producer.id)));
    await broadcast.follow(fromWire(admission));
    await Promise.all(
      [...wanted.values()].map(async (track) => {
        const before = known.get(track.producerId);
        if (before === undefined) await this.#receive(track);
        else await this.#settle(before, track);
      }),
    );
  }

  async #receive(track: PipeState['tracks'][number]): Promise<void> {
    const { end, ask, broadcast } = this.#options;
    const { trackId, source, muted, device, paused } = track;
    const producer = await end.receive({ ...track, rtpParameters: toPipedParameters(track.rtpParameters) });
    const request = { trackId, source, paused: muted };
    const received = new PublishedTrack({ device, request, producer, origin: broadcast.home, ask });
    await Promise.all([broadcast.offering.offerForeign(received), received.settle(!paused)]);
  }

  async #settle(known: PublishedTrack, { muted, paused }: PipeState['tracks'][number]): Promise<void> {
    if (known.muted !== muted) {
      known.muted = muted;
      this.broadcast.offering.tellMuted(known);
    }
    await known.settle(!paused);
  }
}
