/** The owner's ends of relays: a pipe to each node that has viewers of a broadcast that lives here. */
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
import type { Ask } from '../workers/asking.ts';
import type { Broadcast } from '../broadcast/broadcast.ts';
import { Outlet } from './originPipe.ts';
import { PipeEnd } from '../routers/pipeTransport.ts';
import { fromWire } from '../../../protocol/internal/admissionWire.ts';
import { pipeToWire } from './pipeAddress.ts';

export interface PipeOptions {
  readonly messages: NodeMessages;
  /** Where other nodes reach the pipes of this one. */
  readonly listenInfo: types.TransportListenInfo;
  readonly ask: Ask;
  readonly log: Log;
}
export interface OutletsOptions extends PipeOptions {
  /** The broadcast that lives here, opened when it is not open yet. */
  readonly own: (callId: CallId, admission: Admission) => Promise<Broadcast>;
}

export class Outlets {
  readonly #options: OutletsOptions;
  readonly #outlets = new Map<string, Outlet>();

  constructor(options: OutletsOptions) {
    this.#options = options;
    options.messages.serve({
      requests: {
        relay: (params, from) => this.#open(params, from),
        relayState: async ({ relayId }) => ({ state: await this.#outlet(relayId).state() }),
      },
      notices: {
        unrelay: ({ relayId }) => {
          this.#close(relayId);
        },
      },
    });
  }

  nodeGone(nodeId: NodeId): void {
    for (const [relayId, { to }] of this.#outlets) if (to === nodeId) this.#close(relayId);
  }

  async #open(
    { callId, relayId, admission, pipe }: NodeRequestParams['relay'],
    to: NodeId,
  ): Promise<NodeRequestResults['relay']> {
    const { own, listenInfo, ask } = this.#options;
    const broadcast = await own(callId, fromWire(admission));
    // What a node had before of this broadcast it has lost, or it would not ask anew.
    for (const [id, outlet] of this.#outlets) if (outlet.broadcast === broadcast && outlet.to === to) this.#close(id);
    const end = await PipeEnd.open({ router: broadcast.home.router, listenInfo, enableSrtp: true, ask });
    try {
      await end.connect(pipe);
      const outlet = new Outlet({ broadcast, to, end });
      this.#outlets.set(relayId, outlet);
      broadcast.watch({
        changed: () => {
          this.#tellState(relayId, outlet);
        },
        heard: (heard) => {
          if (this.#outlets.get(relayId) === outlet) this.#tell(to, 'relayHeard', { relayId, heard });
        },
        closed: (why) => {
          if (this.#outlets.get(relayId) === outlet) this.#tell(to, 'relayEnded', { relayId, why });
          this.#close(relayId);
        },
      });
      return { pipe: pipeToWire(end.address), state: await outlet.state() };
    } catch (error) {
      this.#outlets.delete(relayId);
      end.close();
      throw error;
    }
  }

  #tellState(relayId: string, outlet: Outlet): void {
    if (this.#outlets.get(relayId) !== outlet) return;
    outlet.state().then(
      (state) => {
        if (this.#outlets.get(relayId) === outlet) this.#tell(outlet.to, 'relayed', { relayId, state });
      },
      (error: unknown) => {
        if (this.#outlets.get(relayId) !== outlet) return;
        this.#options.log.warn('a relay could not follow its broadcast', { error });
      },
    );
  }

  #tell<K extends 'relayed' | 'relayHeard' | 'relayEnded'>(to: NodeId, kind: K, params: NodeNoticeParams[K]): void {
    this.#options.messages.tell(to, kind, params).catch((error: unknown) => {
      // Who missed it asks for the whole state when messages go through again.
      this.#options.log.debug('a relay could not be told', { error });
    });
  }

  #outlet(relayId: string): Outlet {
    const outlet = this.#outlets.get(relayId);
    if (outlet === undefined) throw new CallError('session_not_found');
    return outlet;
  }

  #close(relayId: string): void {
    const outlet = this.#outlets.get(relayId);
    this.#outlets.delete(relayId);
    outlet?.close();
  }
}
