/** Which node takes a call: pure, over what the nodes say of themselves. */
import type { NodeId } from '../kernel/ids.ts';

/** What a node says of itself. Holds no address of anybody. */
export interface NodeStatus {
  readonly nodeId: NodeId;
  readonly region: string;
  /** One more with each renewal: whoever sees it stand still for long enough knows that the node is dead. */
  readonly beat: number;
  /** From 0 (idle) to 1 (can take nothing): the fullest of what it runs on. */
  readonly load: number;
  readonly calls: number;
  readonly sessions: number;
  readonly draining: boolean;
}

export interface Placing {
  /** Where the people are. */
  readonly region: string;
  /** From here on a node takes no new calls. */
  readonly fullLoad: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Two nodes are drawn at random, and the less loaded one is taken. It spreads nearly as evenly as always taking the
 * least loaded node, without everybody choosing the same one on old figures. Nodes of another region are drawn only
 * when none here can take the call.
 */
export function place(nodes: readonly NodeStatus[], { region, fullLoad, random }: Placing): NodeId | undefined {
  const open = nodes.filter(({ draining, load }) => !draining && load < fullLoad);
  const near = open.filter((node) => node.region === region);
  const pool = near.length > 0 ? near : open;
  const first = Math.floor(random() * pool.length);
  // Never the same node twice: a step on from the first, around the end.
  const second = (first + 1 + Math.floor(random() * (pool.length - 1))) % pool.length;
  const [one, other] = [pool[first], pool[second]];
  if (one === undefined || other === undefined) return undefined;
  return isEmptier(other, one) ? other.nodeId : one.nodeId;
}

function isEmptier(one: NodeStatus, other: NodeStatus): boolean {
  return one.load === other.load ? one.calls < other.calls : one.load < other.load;
}
