/** The owner's ends of pipes between nodes: one to each node that has viewers of a broadcast of this node. */
import type { types } from 'mediasoup';
import type { Admission } from '../../../domain/media/admission.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallId, NodeId } from '../../../domain/kernel/ids.ts';
import type { Log } from '../../../ports/system/log.ts';
import type { NodeMessages } from '../../../ports/cluster/nodeMessages.ts';
import type {
  NodeNoticeParams,
  NodeRequestParams,
  NodeRequestResults,
} from '../../../protocol/internal/nodeMessages.ts';
import type { Ask } from '../workers/workerRequests.ts';
import type { Broadcast } from '../broadcast/broadcast.ts';
import { OriginPipe } from './originPipe.ts';
import { PipeSide } from '../routers/pipeTransport.ts';
import { fromWire } from '../../../protocol/internal/admissionWire.ts';
import { pipeToWire } from './pipeAddress.ts';

export interface PipeOptions {
  readonly messages: NodeMessages;
  /** Where other nodes reach pipes of this node. */
  readonly listenInfo: types.TransportListenInfo;
  readonly ask: Ask;
  readonly log: Log;
}
export interface OriginPipesOptions extends PipeOptions {
  /** A broadcast of this node; opened if it is not open yet. */
  readonly own: (callId: CallId, admission: Admission) => Promise<Broadcast>;
}

export class OriginPipes {
  readonly #options: OriginPipesOptions;
  readonly #originPipes = new Map<string, OriginPipe>();

  constructor(options: OriginPipesOptions) {
    this.#options = options;
    options.messages.serve({
      requests: {
        openPipe: (params, from) => this.#open(params, from),
        pipeState: async ({ pipeId }) => ({ state: await this.#originPipe(pipeId).state() }),
      },
      notices: {
        closePipe: ({ pipeId }) => {
          this.#close(pipeId);
        },
      },
    });
  }

  nodeGone(nodeId: NodeId): void {
    for (const [pipeId, { to }] of this.#originPipes) if (to === nodeId) this.#close(pipeId);
  }

  async #open(
    { callId, pipeId, admission, pipe }: NodeRequestParams['openPipe'],
    to: NodeId,
  ): Promise<NodeRequestResults['openPipe']> {
    const { own, listenInfo, ask } = this.#options;
    const broadcast = await own(callId, fromWire(admission));
    // The node lost its earlier pipe of this broadcast, or it would not ask again.
    for (const [id, originPipe] of this.#originPipes)
      if (originPipe.broadcast === broadcast && originPipe.to === to) this.#close(id);
    const end = await PipeSide.open({ router: broadcast.home.router, listenInfo, enableSrtp: true, ask });
    try {
      await end.connect(pipe);
      const originPipe = new OriginPipe({ broadcast, to, end });
      this.#originPipes.set(pipeId, originPipe);
      broadcast.watch({
        changed: () => {
          this.#tellState(pipeId, originPipe);
        },
        heard: (heard) => {
          if (this.#originPipes.get(pipeId) === originPipe) this.#tell(to, 'pipeSpeakers', { pipeId, heard });
        },
        closed: (why) => {
          if (this.#originPipes.get(pipeId) === originPipe) this.#tell(to, 'pipeEnded', { pipeId, why });
          this.#close(pipeId);
        },
      });
      return { pipe: pipeToWire(end.address), state: await originPipe.state() };
    } catch (error) {
      this.#originPipes.delete(pipeId);
      end.close();
      throw error;
    }
  }

  #tellState(pipeId: string, originPipe: OriginPipe): void {
    if (this.#originPipes.get(pipeId) !== originPipe) return;
    originPipe.state().then(
      (state) => {
        if (this.#originPipes.get(pipeId) === originPipe) this.#tell(originPipe.to, 'pipeChanged', { pipeId, state });
      },
      (error: unknown) => {
        if (this.#originPipes.get(pipeId) !== originPipe) return;
        this.#options.log.warn('an edge broadcast cannot follow its origin', { error });
      },
    );
  }

  #tell<K extends 'pipeChanged' | 'pipeSpeakers' | 'pipeEnded'>(
    to: NodeId,
    kind: K,
    params: NodeNoticeParams[K],
  ): void {
    this.#options.messages.tell(to, kind, params).catch((error: unknown) => {
      // The other end asks for the whole state when messages get through again.
      this.#options.log.debug('failed to notify the other end of a pipe', { error });
    });
  }

  #originPipe(pipeId: string): OriginPipe {
    const originPipe = this.#originPipes.get(pipeId);
    if (originPipe === undefined) throw new CallError('session_not_found');
    return originPipe;
  }

  #close(pipeId: string): void {
    const originPipe = this.#originPipes.get(pipeId);
    this.#originPipes.delete(pipeId);
    originPipe?.close();
  }
}
