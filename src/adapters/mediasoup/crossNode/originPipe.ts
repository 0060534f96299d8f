/**
 * The owner's end of a pipe between nodes: it leads from a broadcast's home router to another node, and carries all
 * tracks that viewers are offered.
 */
import type { types } from 'mediasoup';
import type { NodeId } from '../../../domain/kernel/ids.ts';
import type { PipeState } from '../../../protocol/internal/nodeMessages.ts';
import type { Broadcast } from '../broadcast/broadcast.ts';
import type { PipeSide } from '../routers/pipeTransport.ts';
import { toWire } from '../../../protocol/internal/admissionWire.ts';
import type { PublishedTrack } from '../session/track.ts';
import { fromConsumerParameters } from '../workers/rtpMapping.ts';
import { SerialQueue } from '../../../support/serialQueue.ts';

export interface OriginPipeOptions {
  readonly broadcast: Broadcast;
  readonly to: NodeId;
  readonly end: PipeSide;
}

export class OriginPipe {
  readonly broadcast: Broadcast;
  readonly to: NodeId;
  readonly #end: PipeSide;
  readonly #sent = new Map<string, types.Consumer>();
  readonly #turns = new SerialQueue();

  constructor({ broadcast, to, end }: OriginPipeOptions) {
    this.broadcast = broadcast;
    this.to = to;
    this.#end = end;
  }

  /** Makes the pipe carry exactly what is on offer now, and returns that. Calls run one after the other. */
  state(): Promise<PipeState> {
    return this.#turns.run(() => this.#settle());
  }

  close(): void {
    this.#end.close();
    this.#sent.clear();
  }

  async #settle(): Promise<PipeState> {
    const offered = this.broadcast.offering.forViewers();
    const offeredIds = new Set(offered.map(({ producer }) => producer.id));
    for (const [id, consumer] of this.#sent) {
      if (offeredIds.has(id)) continue;
      consumer.close();
      this.#sent.delete(id);
    }
    await Promise.all(offered.map((track) => this.#send(track)));
    const tracks = offered.flatMap((track): PipeState['tracks'] => {
      const { trackId, device, source, producer, muted } = track;
      const sent = this.#sent.get(producer.id);
      if (sent === undefined || producer.closed) return [];
      const { kind, rtpParameters } = sent;
      const { id: producerId, paused } = producer;
      return [
        {
          trackId,
          producerId,
          device,
          source,
          kind,
          muted,
          paused,
          rtpParameters: fromConsumerParameters(rtpParameters),
        },
      ];
    });
    return { admission: toWire(this.broadcast.admission), tracks };
  }

  async #send({ producer, origin }: PublishedTrack): Promise<void> {
    if (this.#sent.has(producer.id)) return;
    try {
      await this.broadcast.home.carry(producer, origin);
      this.#sent.set(producer.id, await this.#end.send(producer.id));
    } catch (error) {
      // It closed meanwhile: the next state says so.
      if (!producer.closed) throw error;
    }
  }
}
