/** What is counted about connections, whoever they are of. */

/** The port that a connection came in by. */
export const connectionEdges = ['http', 'socket', 'admin'] as const;
export type ConnectionEdge = (typeof connectionEdges)[number];

/**
 * `reset`, `timeout`: the network or the client ended it. `malformed`: what came was not the protocol. `refused`: there are
 * as many connections as may be; `crowded`: one network has as many as it may. `slow`: it took longer than a connection may. `fault`: our own code failed it.
 */
export const connectionCuts = ['reset', 'timeout', 'malformed', 'refused', 'crowded', 'slow', 'fault'] as const;
export type ConnectionCut = (typeof connectionCuts)[number];

export interface ConnectionMetrics {
  /** A connection ended otherwise than by both sides' wish. */
  connectionCut(edge: ConnectionEdge, why: ConnectionCut): void;
}
