/** A published track, and a subscription to one: the requests to the worker, and when media flows. */
import type { types } from 'mediasoup';
import type { Device } from '../../../domain/media/admission.ts';
import type { UserId } from '../../../domain/kernel/ids.ts';
import type { Subscription } from '../../../protocol/socket/notifications.ts';
import type { TrackToPublish } from '../../../ports/media/sessionMedia.ts';
import type { Ask } from '../workers/workerRequests.ts';
import type { BroadcastRouter } from '../routers/broadcastRouter.ts';
import { PauseState } from '../workers/pauseState.ts';
import { fromConsumerParameters } from '../workers/rtpMapping.ts';

export class PublishedTrack {
  readonly trackId: string;
  readonly device: Device;
  readonly source: TrackToPublish['source'];
  readonly producer: types.Producer;
  /** Router that receives it from its sender. */
  readonly origin: BroadcastRouter;
  muted: boolean;
  readonly #pauseState: PauseState;

  constructor({ device, request, producer, origin, ask }: PublishedTrackOptions) {
    this.trackId = request.trackId;
    this.device = device;
    this.source = request.source;
    this.producer = producer;
    this.origin = origin;
    this.muted = request.paused;
    this.#pauseState = new PauseState({ target: producer, open: !producer.paused, ask });
  }

  get userId(): UserId {
    return this.device.userId;
  }

  /** `flows`: its device is admitted and media of the call flows. */
  async settle(flows: boolean): Promise<void> {
    await this.#pauseState.set(flows && !this.muted);
  }
}
export interface PublishedTrackOptions {
  readonly device: Device;
  readonly request: Pick<TrackToPublish, 'trackId' | 'source' | 'paused'>;
  readonly producer: types.Producer;
  readonly origin: BroadcastRouter;
  readonly ask: Ask;
}

export class TrackSubscription {
  readonly track: PublishedTrack;
  readonly consumer: types.Consumer;
  /** The client said that it is ready to receive. */
  ready = false;
  /** The client was notified of it. */
  announced = false;
  readonly #rtpParameters: Subscription['rtpParameters'];
  readonly #pauseState: PauseState;

  constructor({ track, consumer, ask }: { track: PublishedTrack; consumer: types.Consumer; ask: Ask }) {
    this.track = track;
    this.consumer = consumer;
    this.#rtpParameters = fromConsumerParameters(consumer.rtpParameters);
    this.#pauseState = new PauseState({ target: consumer, open: !consumer.paused, ask });
  }

  get id(): string {
    return this.consumer.id;
  }

  get hasLayers(): boolean {
    return this.consumer.type === 'simulcast' || this.consumer.type === 'svc';
  }

  /** Resuming makes the worker request a key frame from the sender: once for all that resume together. */
  async settle(flows: boolean): Promise<void> {
    await this.#pauseState.set(flows && this.ready);
  }

  toWire(): Subscription {
    const { producer, userId, source, muted } = this.track;
    return {
      subscriptionId: this.id,
      producerId: producer.id,
      userId,
      kind: producer.kind,
      source,
      rtpParameters: this.#rtpParameters,
      paused: muted,
    };
  }
}
