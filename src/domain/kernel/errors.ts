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
  unknown_method: { kind: 'invalid', message: 'This method does not exist.' },
  batch_refused: { kind: 'invalid', message: 'Batches are not supported: send one request per message.' },
  method_not_allowed: { kind: 'wrong_method', message: 'This path does not support this HTTP method.' },
  unsupported_content: { kind: 'unsupported', message: 'Send JSON in UTF-8 (`application/json`), not compressed.' },
  upgrade_required: { kind: 'upgrade_required', message: 'This path accepts WebSocket connections only.' },
  message_too_large: { kind: 'too_large', message: 'The message exceeds the size limit.' },
  unauthenticated: { kind: 'unauthenticated', message: 'A valid credential is required.' },
  token_expired: { kind: 'unauthenticated', message: 'The token has expired; get a new one.' },
  key_expired: { kind: 'unauthenticated', message: 'The API key has expired.' },
  scope_missing: { kind: 'forbidden', message: 'The API key lacks the scope that this request needs.' },
  ticket_invalid: { kind: 'forbidden', message: 'The ticket does not admit this user to this call.' },
  ticket_in_use: { kind: 'conflict', message: 'This ticket is in use on its maximum number of devices.' },
  ticket_expired: { kind: 'forbidden', message: 'The ticket has expired; get a new one.' },
  not_allowed: { kind: 'forbidden', message: 'You are not allowed to do this.' },
  not_callable: { kind: 'forbidden', message: 'This person cannot be called now.' },
  user_busy: { kind: 'conflict', message: 'This person is in another call.' },
  calling_off: { kind: 'forbidden', message: 'Switch calling on before you call.' },
  not_found: { kind: 'not_found', message: 'This resource does not exist.' },
  user_not_found: { kind: 'not_found', message: 'This user does not exist.' },
  call_not_found: { kind: 'not_found', message: 'There is no such call, or you are not in it.' },
  session_not_found: { kind: 'not_found', message: 'The session has ended; join again.' },
  track_not_found: { kind: 'not_found', message: 'This session has no such track.' },
  subscription_not_found: { kind: 'not_found', message: 'This session has no such subscription.' },
  webhook_not_found: { kind: 'not_found', message: 'This webhook endpoint does not exist.' },
  dead_letter_not_found: { kind: 'not_found', message: 'This dead letter does not exist.' },
  webhook_url_refused: { kind: 'invalid', message: 'Webhooks may not be sent to this URL.' },
  webhook_disabled: { kind: 'conflict', message: 'The webhook endpoint is disabled; enable it first.' },
  too_many_webhooks: { kind: 'conflict', message: 'The limit of webhook endpoints is reached.' },
  too_many_relations: { kind: 'conflict', message: 'This user has reached the limit of relations of this kind.' },
  not_joined: { kind: 'conflict', message: 'You are not in this call.' },
  answered_elsewhere: { kind: 'conflict', message: 'Another of your devices has answered.' },
  already_answered: { kind: 'conflict', message: 'The call has already been answered.' },
  call_full: { kind: 'conflict', message: 'This call has reached its limit of participants.' },
  not_ringing: { kind: 'conflict', message: 'The call is not ringing for you.' },
  call_ended: { kind: 'gone', message: 'The call has ended.' },
  idempotency_conflict: { kind: 'conflict', message: 'This Idempotency-Key was used for another request.' },
  in_progress: { kind: 'conflict', message: 'The first request with this Idempotency-Key has not finished yet.' },
  track_exists: { kind: 'conflict', message: 'A track with this id is already published.' },
  unsupported_media: { kind: 'invalid', message: 'The media parameters match no codec of this broadcast.' },
  too_many_requests: { kind: 'too_many', message: 'Too many requests; slow down.' },
  too_many_in_flight: {
    kind: 'too_many',
    message: 'Your limit of concurrent requests is reached; wait for an answer.',
  },
  too_many_connections: { kind: 'too_many', message: 'This network has reached its limit of open connections.' },
  too_many_sockets: { kind: 'too_many', message: 'This user has reached the limit of open sockets.' },
  too_many_devices: { kind: 'too_many', message: 'This user has reached the limit of devices in an hour.' },
  too_many_sessions: { kind: 'too_many', message: 'This user has reached the limit of sessions in this call.' },
  too_many_tracks: { kind: 'too_many', message: 'This session has reached its limit of published tracks.' },
  busy: { kind: 'conflict', message: 'The call is changing too fast; try again.' },
  overloaded: { kind: 'unavailable', message: 'There is no capacity for this now.' },
  unavailable: { kind: 'unavailable', message: 'A part of the service cannot be reached; try again.' },
  draining: { kind: 'unavailable', message: 'This node is shutting down and accepts no new work.' },
  maintenance: { kind: 'unavailable', message: 'The service is being maintained: no call can begin now.' },
  internal: { kind: 'internal', message: 'The server failed unexpectedly.' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** A refusal with a code of the catalogue. `retryAfterMs` is set when waiting helps. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  /** A text for people that an operator wrote. */
  readonly detail: string | undefined;

  constructor(code: ErrorCode, options: { cause?: unknown; retryAfterMs?: number; detail?: string } = {}) {
    super(errorCatalogue[code].message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.detail = options.detail;
  }

  get kind(): ErrorKind {
    return errorCatalogue[this.code].kind;
  }
}
