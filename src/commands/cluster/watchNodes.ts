/** Watches the nodes: knows who lives, gives the calls of dead nodes to living ones, and places new calls. */
import { beatingOf, deadOf, looked, looksPerLease, noHeartbeats, turnOf } from '../../domain/cluster/heartbeats.ts';
import type { Heartbeats } from '../../domain/cluster/heartbeats.ts';
import type { NodeId } from '../../domain/kernel/ids.ts';
import { place } from '../../domain/cluster/placement.ts';
import type { NodeStatus } from '../../domain/cluster/placement.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { Log } from '../../ports/system/log.ts';
import type { NodeDirectory } from '../../ports/cluster/nodeDirectory.ts';
import { failOverCalls } from './failover.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface NodeWatchOptions extends CommandContext {
  readonly callIndex: Pick<CallIndex, 'callsOn'>;
  readonly nodes: NodeDirectory;
  readonly leaseMs: number;
  readonly fullLoad: number;
  readonly region: string;
  /** The node that watches. Absent in processes that are not nodes. */
  readonly self?: NodeId;
  /** Monotonic milliseconds. */
  readonly ticks: () => number;
  readonly random: () => number;
  /** Called once for each death, on every node that sees it, whoever takes over the calls. */
  readonly onDead?: (nodeId: NodeId) => void;
  readonly log: Log;
}

export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #placed = new Map<NodeId, number>();
  #heartbeats: Heartbeats = noHeartbeats;
  #lookedAt: number | undefined;
  #reportedDead: ReadonlySet<NodeId> = new Set();

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  /** Must be called `looksPerLease` times a lease. Returns how many calls were moved. */
  async look(): Promise<number> {
    const { nodes, leaseMs, ticks } = this.#options;
    const all = await nodes.all();
    const now = ticks();
    const elapsedMs = now - (this.#lookedAt ?? now);
    this.#lookedAt = now;
    this.#heartbeats = looked(this.#heartbeats, { nodes: all, elapsedMs, leaseMs });
    this.#placed.clear();
    const dead = deadOf(this.#heartbeats, leaseMs);
    this.#reportDead(dead);
    let moved = 0;
    const listed = new Set(all.map(({ nodeId }) => nodeId));
    for (const nodeId of dead) if (listed.has(nodeId)) moved += await this.#moveCallsOf(nodeId);
    return moved;
  }

  /** The node that can take a call now. Undefined when none can. Calls placed since the last look count. */
  placeCall(except?: NodeId): NodeId | undefined {
    const { region, fullLoad, random } = this.#options;
    const open = this.#living().filter(({ nodeId }) => nodeId !== except);
    const nodeId = place(open, { region, fullLoad, random });
    if (nodeId !== undefined) this.#placed.set(nodeId, (this.#placed.get(nodeId) ?? 0) + 1);
    return nodeId;
  }

  /** A node knows that it lives itself. */
  #living(): readonly NodeStatus[] {
    const { leaseMs, self } = this.#options;
    const own = self === undefined ? undefined : this.#heartbeats.get(self)?.status;
    const beating = beatingOf(this.#heartbeats, leaseMs);
    const living = own === undefined ? beating : [...beating.filter(({ nodeId }) => nodeId !== self), own];
    return living.map((status) => ({ ...status, calls: status.calls + (this.#placed.get(status.nodeId) ?? 0) }));
  }

  #reportDead(dead: readonly NodeId[]): void {
    for (const nodeId of dead) if (!this.#reportedDead.has(nodeId)) this.#options.onDead?.(nodeId);
    this.#reportedDead = new Set(dead);
  }

  /** The nodes take over one after another, one look apart: nothing is left to do after the first. */
  async #moveCallsOf(dead: NodeId): Promise<number> {
    const { nodes, self, leaseMs, log } = this.#options;
    if (dead === self) return 0;
    const living = this.#living().map(({ nodeId }) => nodeId);
    const waitMs = (turnOf(self, dead, living) * leaseMs) / looksPerLease;
    if (!this.#isSilentFor(dead, leaseMs + waitMs)) return 0;
    const { moved, left } = await failOverCalls(this.#options, {
      from: dead,
      to: () => this.placeCall(dead),
      handover: false,
    });
    // While no node can take the rest, it is tried again.
    if (left === 0) await nodes.forget(dead);
    if (moved > 0 || left === 0) log.warn('a node died: its calls move to other nodes', { nodeId: dead, count: moved });
    return moved;
  }

  #isSilentFor(nodeId: NodeId, ms: number): boolean {
    return (this.#heartbeats.get(nodeId)?.silentMs ?? 0) >= ms;
  }
}
