/** Looks at the nodes again and again: knows who lives, gives the calls of the dead to the living, places new ones. */
import { beatingOf, deadOf, looked, looksPerLease, noHeartbeats, turnOf } from '../../domain/cluster/heartbeats.ts';
import type { Heartbeats } from '../../domain/cluster/heartbeats.ts';
import type { NodeId } from '../../domain/kernel/ids.ts';
import { place } from '../../domain/cluster/placement.ts';
import type { NodeStatus } from '../../domain/cluster/placement.ts';
import type { Log } from '../../ports/system/log.ts';
import type { NodeDirectory } from '../../ports/cluster/nodeDirectory.ts';
import { rehomeCalls } from './rehome.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface NodeWatchOptions extends CommandContext {
  readonly nodes: NodeDirectory;
  readonly leaseMs: number;
  readonly fullLoad: number;
  readonly region: string;
  /** The node that watches; absent in processes that are none. */
  readonly self?: NodeId;
  /** Milliseconds that never jump. */
  readonly ticks: () => number;
  readonly random: () => number;
  /** Told once of each death, on every node that sees it, whoever takes up what the dead one left. */
  readonly onDead?: (nodeId: NodeId) => void;
  readonly log: Log;
}

export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #placed = new Map<NodeId, number>();
  #heartbeats: Heartbeats = noHeartbeats;
  #lookedAt: number | undefined;
  #mourned: ReadonlySet<NodeId> = new Set();

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  /** To be called `looksPerLease` times a lease. Answers how many calls were given to others. */
  async look(): Promise<number> {
    const { nodes, leaseMs, ticks } = this.#options;
    const all = await nodes.all();
    const now = ticks();
    const elapsedMs = now - (this.#lookedAt ?? now);
    this.#lookedAt = now;
    this.#heartbeats = looked(this.#heartbeats, { nodes: all, elapsedMs, leaseMs });
    this.#placed.clear();
    const dead = deadOf(this.#heartbeats, leaseMs);
    this.#mourn(dead);
    let moved = 0;
    const listed = new Set(all.map(({ nodeId }) => nodeId));
    for (const nodeId of dead) if (listed.has(nodeId)) moved += await this.#bury(nodeId);
    return moved;
  }

  /** Who can take a call now; undefined when nobody can. What was placed since the last look counts. */
  placeCall(except?: NodeId): NodeId | undefined {
    const { region, fullLoad, random } = this.#options;
    const open = this.#living().filter(({ nodeId }) => nodeId !== except);
    const nodeId = place(open, { region, fullLoad, random });
    if (nodeId !== undefined) this.#placed.set(nodeId, (this.#placed.get(nodeId) ?? 0) + 1);
    return nodeId;
  }

  /** A node knows of itself that it lives. */
  #living(): readonly NodeStatus[] {
    const { leaseMs, self } = this.#options;
    const own = self === undefined ? undefined : this.#heartbeats.get(self)?.status;
    const beating = beatingOf(this.#heartbeats, leaseMs);
    const living = own === undefined ? beating : [...beating.filter(({ nodeId }) => nodeId !== self), own];
    return living.map((status) => ({ ...status, calls: status.calls + (this.#placed.get(status.nodeId) ?? 0) }));
  }

  #mourn(dead: readonly NodeId[]): void {
    for (const nodeId of dead) if (!this.#mourned.has(nodeId)) this.#options.onDead?.(nodeId);
    this.#mourned = new Set(dead);
  }

  /** One look later for each who comes before: what they have done is no more to do. */
  async #bury(dead: NodeId): Promise<number> {
    const { nodes, self, leaseMs, log } = this.#options;
    if (dead === self) return 0;
    const living = this.#living().map(({ nodeId }) => nodeId);
    const waitMs = (turnOf(self, dead, living) * leaseMs) / looksPerLease;
    if (!this.#isSilentFor(dead, leaseMs + waitMs)) return 0;
    const { moved, left } = await rehomeCalls(this.#options, {
      from: dead,
      to: () => this.placeCall(dead),
      handover: false,
    });
    // While nobody can take what is left, it is looked for again.
    if (left === 0) await nodes.forget(dead);
    if (moved > 0 || left === 0) log.warn('a node died; its calls go on elsewhere', { nodeId: dead, count: moved });
    return moved;
  }

  #isSilentFor(nodeId: NodeId, ms: number): boolean {
    return (this.#heartbeats.get(nodeId)?.silentMs ?? 0) >= ms;
  }
}
