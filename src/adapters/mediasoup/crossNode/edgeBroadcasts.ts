/**
 * Broadcasts of other nodes with viewers here: one edge broadcast each, opened for the first viewer and closed with the
 * last.
 */
import { randomUUID } from 'node:crypto';
import type { Admission } from '../../../domain/media/admission.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallId, NodeId } from '../../../domain/kernel/ids.ts';
import type { JoinedMedia, JoinRequest } from '../../../ports/media/sessions.ts';
import type { SessionEnding } from '../../../protocol/socket/notifications.ts';
import type { Broadcast } from '../broadcast/broadcast.ts';
import type { PipeOptions } from './originPipes.ts';
import { PipeSide } from '../routers/pipeTransport.ts';
import { EdgeBroadcast } from './edgeBroadcast.ts';
import { toWire } from '../../../protocol/internal/admissionWire.ts';
import { pipeToWire } from './pipeAddress.ts';

export interface EdgeBroadcastsOptions extends PipeOptions {
  /** Opens routers of this node for a broadcast of another. */
  readonly open: (callId: CallId, admission: Admission) => Promise<Broadcast>;
}

interface Watched {
  readonly pipeId: string;
  readonly callId: CallId;
  readonly owner: NodeId;
  /** Viewers who are joining. */
  joining: number;
  readonly ready: Promise<EdgeBroadcast>;
  edge: EdgeBroadcast | undefined;
}

export class EdgeBroadcasts {
  readonly #options: EdgeBroadcastsOptions;
  readonly #watched = new Map<CallId, Watched>();

  constructor(options: EdgeBroadcastsOptions) {
    this.#options = options;
    options.messages.serve({
      notices: {
        pipeChanged: ({ pipeId, state }) => {
          this.#hear(pipeId, (edge) => edge.apply(state));
        },
        pipeSpeakers: ({ pipeId, heard }) => {
          this.#hear(pipeId, ({ broadcast }) => {
            broadcast.tellHeard(heard);
          });
        },
        pipeEnded: ({ pipeId, why }) => {
          this.#hear(pipeId, ({ broadcast }) => {
            broadcast.close(why);
          });
        },
      },
    });
    options.messages.onGap(() => {
      for (const { pipeId, owner } of this.#watched.values()) void this.#askAgain(pipeId, owner);
    });
  }

  async join(
    request: JoinRequest,
    owner: NodeId,
    join: (broadcast: Broadcast) => Promise<JoinedMedia>,
  ): Promise<JoinedMedia> {
    const watched = this.#watch(request, owner);
    watched.joining += 1;
    try {
      const { broadcast } = await watched.ready;
      return await join(broadcast);
    } finally {
      watched.joining -= 1;
      this.#closeIfEmpty(watched);
    }
  }

  broadcasts(): readonly Broadcast[] {
    return [...this.#watched.values()].flatMap(({ edge }) => (edge === undefined ? [] : [edge.broadcast]));
  }

  nodeGone(nodeId: NodeId): void {
    for (const watched of this.#watched.values()) if (watched.owner === nodeId) this.#end(watched, 'media_lost');
  }

  stop(why: SessionEnding): void {
    for (const watched of this.#watched.values()) this.#end(watched, why);
  }

  #watch({ callId, admission }: JoinRequest, owner: NodeId): Watched {
    const before = this.#watched.get(callId);
    if (before?.owner === owner) return before;
    // The call has moved: close the pipe from the old owner.
    if (before !== undefined) this.#end(before, 'media_lost');
    const pipeId = randomUUID();
    const watched: Watched = {
      pipeId,
      callId,
      owner,
      joining: 0,
      edge: undefined,
      ready: Promise.resolve().then(() => this.#open(watched, admission)),
    };
    this.#watched.set(callId, watched);
    watched.ready.catch(() => {
      this.#forget(watched);
    });
    return watched;
  }

  async #open(watched: Watched, admission: Admission): Promise<EdgeBroadcast> {
    const { messages, ask, listenInfo, open } = this.#options;
    const { callId, pipeId, owner } = watched;
    const broadcast = await open(callId, admission);
    try {
      const { router } = broadcast.home;
      const end = await PipeSide.open({ router, listenInfo, enableSrtp: true, ask });
      const asked = { callId, pipeId, admission: toWire(admission), pipe: pipeToWire(end.address) };
      const { pipe, state } = await messages.request(owner, 'openPipe', asked);
      broadcast.watch({
        emptied: () => {
          this.#closeIfEmpty(watched);
        },
        closed: () => {
          this.#forget(watched);
          this.#tellOwner(watched);
        },
      });
      await end.connect(pipe);
      watched.edge = new EdgeBroadcast({ broadcast, end, ask });
      await watched.edge.apply(state);
      if (this.#watched.get(callId) !== watched) throw new CallError('unavailable');
      return watched.edge;
    } catch (error) {
      broadcast.close('media_lost');
      throw error;
    }
  }

  /** Messages that arrive while an edge broadcast is made wait for it. */
  #hear(pipeId: string, act: (edge: EdgeBroadcast) => Promise<void> | void): void {
    const watched = [...this.#watched.values()].find((one) => one.pipeId === pipeId);
    watched?.ready.then(act).catch((error: unknown) => {
      if (watched.edge === undefined || this.#watched.get(watched.callId) !== watched) return;
      this.#options.log.warn('an edge broadcast cannot follow its origin', { callId: watched.callId, error });
    });
  }

  async #askAgain(pipeId: string, owner: NodeId): Promise<void> {
    try {
      const { state } = await this.#options.messages.request(owner, 'pipeState', { pipeId });
      this.#hear(pipeId, (edge) => edge.apply(state));
    } catch (error) {
      // No answer does not mean that the node is dead: only the node directory says that.
      if (!(error instanceof CallError) || error.code !== 'session_not_found') return;
      this.#hear(pipeId, ({ broadcast }) => {
        broadcast.close('media_lost');
      });
    }
  }

  #closeIfEmpty(watched: Watched): void {
    const { edge, joining } = watched;
    if (edge !== undefined && joining === 0 && edge.broadcast.sessions().length === 0) this.#end(watched, 'left');
  }

  #end(watched: Watched, why: SessionEnding): void {
    this.#forget(watched);
    watched.edge?.broadcast.close(why);
  }

  #forget(watched: Watched): void {
    if (this.#watched.get(watched.callId) === watched) this.#watched.delete(watched.callId);
  }

  #tellOwner({ owner, pipeId }: Watched): void {
    this.#options.messages.tell(owner, 'closePipe', { pipeId }).catch((error: unknown) => {
      this.#options.log.debug('failed to close a pipe at the origin', { error });
    });
  }
}
