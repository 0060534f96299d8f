/** Metrics of connections, of clients and of operators. */

/** The port of a connection. */
export const connectionEdges = ['http', 'socket', 'admin'] as const;
export type ConnectionEdge = (typeof connectionEdges)[number];

/**
 * `reset`, `timeout`: the network or the client ended it. `malformed`: the client did not follow the protocol.
 * `refused`: the limit of all connections is reached; `crowded`: that of one network. `slow`: it took longer than
 * allowed. `fault`: our own code failed.
 */
export const connectionCuts = ['reset', 'timeout', 'malformed', 'refused', 'crowded', 'slow', 'fault'] as const;
export type ConnectionCut = (typeof connectionCuts)[number];

export interface ConnectionMetrics {
  /** A connection did not end by agreement of both sides. */
  connectionCut(edge: ConnectionEdge, why: ConnectionCut): void;
}
