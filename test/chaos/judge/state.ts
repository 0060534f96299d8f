/** The state in the store, against itself and against what nodes have open. */
import { live } from './evidence.ts';
import type { NodeSeen, Truth, Violation } from './evidence.ts';

export function ownerless(truth: Truth): readonly Violation[] {
  return live(truth)
    .filter(({ nodeId }) => !truth.alive.includes(nodeId))
    .map(({ id, phase, nodeId }) => ({
      rule: 'no owner',
      what: `${id} is ${phase} on ${nodeId}, which does not live`,
    }));
}

/** A node has a broadcast open for each call of its own that somebody has joined, and for no other. */
export function orphans(truth: Truth, nodes: readonly NodeSeen[]): readonly Violation[] {
  return nodes.flatMap(({ name, nodeId, figures: { broadcasts } }): Violation[] => {
    const own = live(truth).filter((call) => call.nodeId === nodeId).length;
    if (broadcasts <= own) return [];
    return [{ rule: 'orphan broadcast', what: `${name} has ${broadcasts} broadcasts open for ${own} calls` }];
  });
}

/** Every index names a call exactly when the call itself says so. */
export function indexesDiffer(truth: Truth): readonly Violation[] {
  const calls = live(truth);
  const nodeIds = new Set([...truth.byNode.keys(), ...calls.map(({ nodeId }) => nodeId)]);
  const compared = [
    ...[...nodeIds].map((nodeId) => ({
      name: `calls of ${nodeId}`,
      index: truth.byNode.get(nodeId) ?? [],
      ids: calls.filter((call) => call.nodeId === nodeId).map(({ id }) => id),
    })),
    ...(['ringing', 'active'] as const).map((phase) => ({
      name: `${phase} calls`,
      index: truth[phase],
      ids: calls.filter((call) => call.phase === phase).map(({ id }) => id),
    })),
  ];
  return compared.flatMap(({ name, index, ids }) => [
    ...index.filter((id) => !ids.includes(id)).map((id) => differs(`${name} names ${id}, which is not`)),
    ...ids.filter((id) => !index.includes(id)).map((id) => differs(`${name} does not name ${id}`)),
  ]);
}

const differs = (what: string): Violation => ({ rule: 'index differs', what });

/** When all calls are over nodes have nothing open. */
export function leftBehind(nodes: readonly NodeSeen[]): readonly Violation[] {
  return nodes.flatMap(({ name, figures }) =>
    (['broadcasts', 'sessions', 'transports', 'producers', 'consumers'] as const)
      .filter((kind) => figures[kind] > 0)
      .map((kind): Violation => ({ rule: 'left behind', what: `${name} still has ${figures[kind]} ${kind}` })),
  );
}

export interface Usage {
  readonly heapBytes: number;
  readonly openFiles: number;
  readonly handles: number;
}

/** A process that has served its calls is as it was before them, but for what a heap and caches need to play. */
export function grown(name: string, before: Usage, after: Usage): readonly Violation[] {
  const limits: Usage = {
    heapBytes: before.heapBytes * 1.5 + 48 * 1024 * 1024,
    openFiles: before.openFiles + 16,
    handles: before.handles + 16,
  };
  return (['heapBytes', 'openFiles', 'handles'] as const)
    .filter((kind) => after[kind] > limits[kind])
    .map((kind) => ({ rule: 'grown', what: `${name}: ${kind} from ${before[kind]} to ${after[kind]}` }));
}
