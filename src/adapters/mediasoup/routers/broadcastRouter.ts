/**
 * One router of a broadcast, on one worker. If a session here receives a track of another router, the track is piped
 * here once for all. The piped track pauses, resumes and ends with its origin.
 */
import type { types } from 'mediasoup';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { Log } from '../../../ports/system/log.ts';
import type { Ask } from '../workers/workerRequests.ts';
import type { MediaWorker } from '../workers/mediaWorker.ts';
import { PipeSide } from './pipeTransport.ts';
import { PauseState } from '../workers/pauseState.ts';
import type { WorkerLease } from '../workers/workerPool.ts';

export interface BroadcastRouterOptions {
  readonly lease: WorkerLease;
  readonly router: types.Router;
  readonly socketBufferBytes: number;
  readonly ask: Ask;
  readonly log: Log;
}

/** Both ends of a pipe from another router to this one. */
interface Pipe {
  readonly there: PipeSide;
  readonly here: PipeSide;
}

/** Within the machine, so nothing needs to be encrypted. */
const loopback = '127.0.0.1';

export class BroadcastRouter {
  readonly router: types.Router;
  /** Sessions on this router, or about to be. */
  sessions = 0;
  readonly #options: BroadcastRouterOptions;
  readonly #pipes = new Map<BroadcastRouter, Promise<Pipe>>();
  readonly #carried = new Map<string, Promise<void>>();

  constructor(options: BroadcastRouterOptions) {
    this.#options = options;
    this.router = options.router;
  }

  get worker(): MediaWorker {
    return this.#options.lease.worker;
  }

  get consumers(): number {
    return this.#options.lease.consumers;
  }

  /** Share of a core that its worker uses or is expected to use. */
  get share(): number {
    return this.#options.lease.share;
  }

  /** Called once, when the worker has died. */
  onLost(listener: () => void): void {
    this.router.once('workerclose', listener);
  }

  /** Counts a consumer until it closes. */
  count(consumer: types.Consumer): void {
    const { lease } = this.#options;
    lease.consumers += 1;
    consumer.observer.once('close', () => {
      lease.consumers -= 1;
    });
  }

  /** Pipes a track of another router to this one, under the same id. */
  async carry(producer: types.Producer, origin: BroadcastRouter): Promise<void> {
    if (origin === this) return;
    const { id } = producer;
    const before = this.#carried.get(id);
    if (before !== undefined) return before;
    const carrying = this.#bring(producer, origin);
    const forget = () => {
      if (this.#carried.get(id) === carrying) this.#carried.delete(id);
    };
    this.#carried.set(id, carrying);
    producer.observer.once('close', forget);
    carrying.catch(forget);
    return carrying;
  }

  close(): void {
    this.router.close();
    this.#options.lease.release();
  }

  async #bring(producer: types.Producer, origin: BroadcastRouter): Promise<void> {
    const { there, here } = await this.#pipeFrom(origin);
    const sent = await there.send(producer.id);
    try {
      const { kind, rtpParameters, producerPaused: paused } = sent;
      const received = await here.receive({ producerId: producer.id, kind, rtpParameters, paused });
      this.#tie({ origin: producer, sent, received });
    } catch (error) {
      sent.close();
      throw error;
    }
  }

  /** Also applies changes of the origin that happened meanwhile. */
  #tie({ origin, sent, received }: Record<'origin' | 'received', types.Producer> & { sent: types.Consumer }): void {
    const { ask, log } = this.#options;
    const pauseState = new PauseState({ target: received, open: !received.paused, ask });
    const settle = () => {
      pauseState.set(!origin.paused).catch((error: unknown) => {
        log.warn('a piped track cannot follow its origin', { error });
      });
    };
    origin.observer.on('pause', settle);
    origin.observer.on('resume', settle);
    sent.observer.once('close', () => {
      origin.observer.off('pause', settle);
      origin.observer.off('resume', settle);
      received.close();
    });
    received.observer.once('close', () => {
      sent.close();
    });
    settle();
    if (!origin.closed && !sent.closed && !received.closed) return;
    received.close();
    throw new CallError('track_not_found');
  }

  #pipeFrom(origin: BroadcastRouter): Promise<Pipe> {
    const before = this.#pipes.get(origin);
    if (before !== undefined) return before;
    const opening = this.#open(origin);
    const forget = () => {
      if (this.#pipes.get(origin) === opening) this.#pipes.delete(origin);
    };
    this.#pipes.set(origin, opening);
    opening.then(({ here }) => {
      here.onClosed(forget);
    }, forget);
    return opening;
  }

  async #open(origin: BroadcastRouter): Promise<Pipe> {
    const { ask, socketBufferBytes } = this.#options;
    const buffers = { recvBufferSize: socketBufferBytes, sendBufferSize: socketBufferBytes };
    const listenInfo = { protocol: 'udp', ip: loopback, ...buffers } as const;
    const opening = [origin, this].map(({ router }) => PipeSide.open({ router, listenInfo, enableSrtp: false, ask }));
    const ends = await Promise.allSettled(opening);
    const [there, here] = ends.map((end) => (end.status === 'fulfilled' ? end.value : undefined));
    try {
      if (there === undefined || here === undefined) {
        throw ends.find((end) => end.status === 'rejected')?.reason ?? new CallError('unavailable');
      }
      await Promise.all([there.connect(here.address), here.connect(there.address)]);
      there.onClosed(() => {
        here.close();
      });
      here.onClosed(() => {
        there.close();
      });
      if (there.closed || here.closed) throw new CallError('unavailable');
      return { there, here };
    } catch (error) {
      there?.close();
      here?.close();
      throw error;
    }
  }
}
