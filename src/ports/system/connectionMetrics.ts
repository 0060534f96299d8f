/** Metrics of connections of any client. */

/** The port of a connection. */
export const connectionEdges = ['http', 'socket', 'admin'] as const;
export type ConnectionEdge = (typeof connectionEdges)[number];

/**
 * `reset`, `timeout`: the network or the client ended it. `malformed`: what came was not the protocol. `refused`: there are
 * as many connections as may be; `crowded`: one network has as many as it may. `slow`: it took longer than a connection may. `fault`: our own code failed it.
 */
export const connectionCuts = ['reset', 'timeout', 'malformed', 'refused', 'crowded', 'slow', 'fault'] as const;
export type ConnectionCut = (typeof connectionCuts)[number];

export interface ConnectionMetrics {
  /** A connection did not end by agreement of both sides. */
  connectionCut(edge: ConnectionEdge, why: ConnectionCut): void;
}
