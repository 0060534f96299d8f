/** Every refusal of the product: one catalogue, one error class. Codes are stable and public. */

export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'wrong_method'
  | 'conflict'
  | 'gone'
  | 'too_large'
  | 'unsupported'
  | 'upgrade_required'
  | 'too_many'
  | 'unavailable'
  | 'internal';

interface CatalogueEntry {
  readonly kind: ErrorKind;
  readonly message: string;
}

export const errorCatalogue = {
  malformed: { kind: 'invalid', message: 'The message is not valid JSON.' },
  invalid_request: { kind: 'invalid', message: 'The request does not match its schema.' },
  unknown_method: { kind: 'invalid', message: 'There is no such method.' },
  batch_refused: { kind: 'invalid', message: 'Send one request a message: batches are not taken.' },
  method_not_allowed: { kind: 'wrong_method', message: 'This path has no such method.' },
  unsupported_content: { kind: 'unsupported', message: 'Send JSON in UTF-8 (`application/json`), not compressed.' },
  upgrade_required: { kind: 'upgrade_required', message: 'Only WebSocket is spoken here.' },
  message_too_large: { kind: 'too_large', message: 'The message is larger than allowed.' },
  unauthenticated: { kind: 'unauthenticated', message: 'A valid credential is needed.' },
  token_expired: { kind: 'unauthenticated', message: 'The token has expired; ask for a new one.' },
  ticket_invalid: { kind: 'forbidden', message: 'The ticket does not admit this user to this call.' },
  ticket_in_use: { kind: 'conflict', message: 'As many devices as may be watch with this ticket.' },
  ticket_expired: { kind: 'forbidden', message: 'The ticket has expired; ask for a new one.' },
  not_allowed: { kind: 'forbidden', message: 'You may not do this.' },
  not_callable: { kind: 'forbidden', message: 'This person cannot be called now.' },
  user_busy: { kind: 'conflict', message: 'This person is in another call.' },
  calling_off: { kind: 'forbidden', message: 'Switch calling on before you call.' },
  not_found: { kind: 'not_found', message: 'There is nothing here.' },
  user_not_found: { kind: 'not_found', message: 'There is no such user.' },
  call_not_found: { kind: 'not_found', message: 'There is no such call for you.' },
  session_not_found: { kind: 'not_found', message: 'The session is gone; join again.' },
  track_not_found: { kind: 'not_found', message: 'There is no such track in this session.' },
  subscription_not_found: { kind: 'not_found', message: 'There is no such subscription in this session.' },
  webhook_not_found: { kind: 'not_found', message: 'There is no such webhook endpoint.' },
  dead_letter_not_found: { kind: 'not_found', message: 'There is no such dead letter.' },
  webhook_url_refused: { kind: 'invalid', message: 'Webhooks may not be sent to this URL.' },
  webhook_disabled: { kind: 'conflict', message: 'The webhook endpoint is disabled; enable it first.' },
  too_many_webhooks: { kind: 'conflict', message: 'There are as many webhook endpoints as may be.' },
  too_many_relations: { kind: 'conflict', message: 'This user has as many relations of this kind as may be.' },
  not_joined: { kind: 'conflict', message: 'You are not in this call.' },
  answered_elsewhere: { kind: 'conflict', message: 'Another of your devices has answered.' },
  already_answered: { kind: 'conflict', message: 'The call was answered already.' },
  call_full: { kind: 'conflict', message: 'As many people as may be are in this call.' },
  not_ringing: { kind: 'conflict', message: 'The call does not ring for you.' },
  call_ended: { kind: 'gone', message: 'The call has ended.' },
  idempotency_conflict: { kind: 'conflict', message: 'This Idempotency-Key came with another request.' },
  in_progress: { kind: 'conflict', message: 'The first request with this Idempotency-Key is still at work.' },
  track_exists: { kind: 'conflict', message: 'A track with this id is published already.' },
  unsupported_media: { kind: 'invalid', message: 'The media parameters fit no codec of this broadcast.' },
  too_many_requests: { kind: 'too_many', message: 'Too many requests; slow down.' },
  too_many_in_flight: { kind: 'too_many', message: 'As many of your requests as may be are at work; wait for one.' },
  too_many_connections: { kind: 'too_many', message: 'This network has as many connections open as may be.' },
  too_many_sockets: { kind: 'too_many', message: 'This user has as many sockets open as may be.' },
  too_many_devices: { kind: 'too_many', message: 'This user has used as many devices within an hour as may be.' },
  too_many_sessions: { kind: 'too_many', message: 'This user has as many sessions in this call as may be.' },
  too_many_tracks: { kind: 'too_many', message: 'This session publishes as many tracks as it may.' },
  busy: { kind: 'conflict', message: 'The call changes too fast; try again.' },
  overloaded: { kind: 'unavailable', message: 'There is no room for this now.' },
  unavailable: { kind: 'unavailable', message: 'A part of the service cannot be reached; try again.' },
  draining: { kind: 'unavailable', message: 'This node takes no new work.' },
  internal: { kind: 'internal', message: 'Something went wrong on our side.' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** A refusal with a code of the catalogue. `retryAfterMs` is set when waiting helps. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(errorCatalogue[code].message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get kind(): ErrorKind {
    return errorCatalogue[this.code].kind;
  }
}
