/** A TURN server, for networks that let only TLS pass. */
export interface TurnServer {
  /** `turns:…` or `turn:…` (RFC 7065). */
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

export interface TurnServers {
  /**
   * With new credentials (draft-uberti-behave-turn-rest-00), which expire after `turnTtlMs` and name nobody. Empty if
   * there is no TURN server.
   */
  offer(): readonly TurnServer[];
}
