/** Ways to the media server through networks that let nothing but TLS pass. */
export interface TurnServer {
  /** `turns:…` or `turn:…` (RFC 7065). */
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

export interface TurnServers {
  /** With credentials made for this request, which name nobody. Empty where there is no TURN server. */
  offer(): readonly TurnServer[];
}
