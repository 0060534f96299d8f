/** WebSocket close codes (RFC 6455 §7.4.2: 4000–4999 are ours). */
export const closeCodes = {
  hello_timeout: 4001,
  too_many_bad_messages: 4003,
  too_many_requests: 4004,
  unresponsive: 4005,
  replaced: 4006,
  /** The token expired and was not renewed: connect again with a new one. */
  token_expired: 4007,
  /** The user was signed out everywhere, or erased: only a new sign-in helps. */
  signed_out: 4008,
  message_too_large: 1009,
  draining: 1012,
} as const;
export type CloseReason = keyof typeof closeCodes;
