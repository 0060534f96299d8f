/**
 * Compares the participants of this node's calls with its sessions. A participant who is connected without a session is
 * a ghost whose loss was never reported. It looks twice, since a session and its report come one after the other.
 */
import { admissionOf } from '../../domain/media/admission.ts';
import { joinedOf } from '../../domain/call/call.ts';
import type { Call, JoinedParticipant } from '../../domain/call/call.ts';
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import { callsOnNode } from '../cluster/callsOnNode.ts';
import { eachOf } from '../../support/eachOf.ts';
import { runCommand } from './running/runCommand.ts';
import type { CommandContext } from './running/runCommand.ts';

export interface GhostContext extends CommandContext {
  readonly callIndex: Pick<CallIndex, 'callsOn'>;
  readonly broadcasts: Pick<CallBroadcasts, 'follow' | 'open'>;
  readonly nodeId: NodeId;
}

const atOnce = 8;

export class GhostSweep {
  readonly #context: GhostContext;
  /** Connected without a session at the last look: call, user and era. */
  #suspects: ReadonlySet<string> = new Set();

  constructor(context: GhostContext) {
    this.#context = context;
  }

  /** Returns how many ghosts were reported as lost. */
  async look(): Promise<number> {
    const { callIndex, nodeId, broadcasts } = this.#context;
    const open = new Set(broadcasts.open());
    const suspects = new Set<string>();
    let found = 0;
    await eachOf(callsOnNode(callIndex, nodeId), atOnce, async (callId) => {
      const call = await this.#callOf(callId);
      if (call === undefined || call.phase === 'ended' || call.nodeId !== nodeId) return;
      for (const ghost of await this.#without(call, open.has(callId))) {
        const name = JSON.stringify([callId, ghost.userId, ghost.era]);
        if (!this.#suspects.has(name)) {
          suspects.add(name);
          continue;
        }
        await this.#lost(call, ghost);
        found += 1;
      }
    });
    this.#suspects = suspects;
    return found;
  }

  async #callOf(callId: CallId): Promise<Call | undefined> {
    const { owners, store } = this.#context;
    return owners?.copyOf(callId) ?? store.load(callId);
  }

  /** The same step closes sessions that belong to nobody in the call: the broadcast follows the call. */
  async #without(call: Call, isOpen: boolean): Promise<readonly JoinedParticipant[]> {
    const held = isOpen ? await this.#context.broadcasts.follow(call.id, admissionOf(call)) : [];
    const has = ({ userId, deviceId }: JoinedParticipant) =>
      held.some((device) => device.userId === userId && device.deviceId === deviceId);
    // A moving participant has a session at the previous owner, and the grace bounds the move.
    return joinedOf(call).filter((one) => one.presence === 'connected' && one.movesFrom === undefined && !has(one));
  }

  async #lost(call: Call, { userId, deviceId }: JoinedParticipant): Promise<Call | undefined> {
    const lost = { name: 'sessionLost', userId, deviceId, ownerTerm: call.ownerTerm } as const;
    return (await runCommand(this.#context, call.id, lost)).after;
  }
}
