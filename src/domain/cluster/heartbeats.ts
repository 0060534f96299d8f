/**
 * Death by observation: a node is dead when its beat has stood still for a lease of time in which the observer could see
 * it. No clock of another machine is believed, and an outage of the store kills nobody: nobody could see anything.
 */
import type { NodeId } from '../kernel/ids.ts';
import type { NodeStatus } from './placement.ts';

interface Watched {
  readonly status: NodeStatus;
  readonly silentMs: number;
  /** Its beat was seen to advance: it lives, and is not what a dead one left behind. */
  readonly hasBeaten: boolean;
}
export type Heartbeats = ReadonlyMap<NodeId, Watched>;

export const noHeartbeats: Heartbeats = new Map();

/** How many looks a lease has: a death is seen at most one look after the lease, and a few beats may be late. */
export const looksPerLease = 8;

export interface Look {
  readonly nodes: readonly NodeStatus[];
  /** Since the look before. */
  readonly elapsedMs: number;
  readonly leaseMs: number;
}

/**
 * A look that comes much later than planned was not possible before, and tells no more than that one look. A node that is
 * not listed any more was taken off by somebody else, or by a store that lost its data: its silence counts on for a while.
 */
export function looked(before: Heartbeats, { nodes, elapsedMs, leaseMs }: Look): Heartbeats {
  const sawNothing = elapsedMs < 0 || elapsedMs > leaseMs / 2;
  const silent = (known: Watched): Watched => ({ ...known, silentMs: known.silentMs + (sawNothing ? 0 : elapsedMs) });
  const listed = nodes.map((status): [NodeId, Watched] => {
    const known = before.get(status.nodeId);
    if (known === undefined) return [status.nodeId, { status, silentMs: 0, hasBeaten: false }];
    if (known.status.beat !== status.beat) return [status.nodeId, { status, silentMs: 0, hasBeaten: true }];
    return [status.nodeId, silent({ ...known, status })];
  });
  const present = new Set(nodes.map(({ nodeId }) => nodeId));
  const taken = [...before]
    .filter(([nodeId, { silentMs }]) => !present.has(nodeId) && silentMs < leaseMs)
    .map(([nodeId, known]): [NodeId, Watched] => [nodeId, silent(known)]);
  return new Map([...listed, ...taken]);
}

export function deadOf(heartbeats: Heartbeats, leaseMs: number): readonly NodeId[] {
  return [...heartbeats].filter(([, { silentMs }]) => silentMs >= leaseMs).map(([nodeId]) => nodeId);
}

/** An event loop that stands still for so long is not coming back soon: its calls are better off elsewhere. */
export const longestStallMs = 10_000;

/**
 * Whether another thread of a node says in its place that it lives: the event loop has missed two beats, and has not stood
 * still for too long. Media continues meanwhile, in processes of its own.
 */
export function isStoodInFor(stillMs: number, leaseMs: number): boolean {
  return stillMs > (2 * leaseMs) / looksPerLease && stillMs <= longestStallMs;
}

/** Those that calls may be given to: seen to beat, and a little while ago. */
export function beatingOf(heartbeats: Heartbeats, leaseMs: number): readonly NodeStatus[] {
  return [...heartbeats.values()]
    .filter(({ hasBeaten, silentMs }) => hasBeaten && silentMs <= leaseMs / 2)
    .map(({ status }) => status);
}

/**
 * How many living nodes come before this one in taking up what a dead one left: so that a thousand observers do not all
 * do what one can do. Those who are no nodes come last.
 */
export function turnOf(observer: NodeId | undefined, dead: NodeId, living: readonly NodeId[]): number {
  if (observer === undefined) return Math.min(living.length, maxTurns);
  const mine = rank(observer, dead);
  return Math.min(living.filter((nodeId) => rank(nodeId, dead) < mine).length, maxTurns);
}

/** Should all of the first few be dying, too, everybody else is there. */
const maxTurns = 3;

/** FNV-1a (draft-eastlake-fnv), 32 bits. */
function rank(nodeId: NodeId, dead: NodeId): number {
  let hash = 0x811c9dc5;
  for (const letter of nodeId + dead) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
