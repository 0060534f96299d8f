/** A TURN server, for networks that let only TLS pass. */
export interface TurnServer {
  /** `turns:…` or `turn:…` (RFC 7065). */
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

export interface TurnServers {
  /** With credentials for this request, which name nobody. Empty if there is no TURN server. */
  offer(): readonly TurnServer[];
}
