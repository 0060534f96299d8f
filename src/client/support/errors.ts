/** All errors of the client in one class: codes of the server (docs/errors.md), and codes of the client alone. */
import { errorCatalogue } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';

const clientErrors = {
  disconnected: 'The connection to the server was lost.',
  timed_out: 'The server did not answer in time.',
  unexpected_message: 'The server sent a message that this version does not understand.',
  replaced: 'This device has connected from another tab or window.',
  signed_out: 'This user was signed out on all devices.',
  closed: 'The client or the call has been closed.',
  media_denied: 'The camera or microphone permission was not granted.',
  media_missing: 'No such camera or microphone was found.',
  media_replaced: 'The chosen camera or microphone is gone; the default one is used.',
  media_busy: 'The camera or microphone is in use or cannot be started.',
  media_unsupported: 'This browser cannot make calls.',
  webrtc_missing: 'This browser has no WebRTC, or a setting, a policy or an extension has switched it off.',
  aborted: 'The app aborted the operation.',
  options_invalid: 'An option is missing or wrong.',
  url_invalid: 'The option `url` is no address of a server.',
  token_invalid: 'The option `token` must be a function that returns a promise of a user token.',
  user_ids_invalid: 'Users are given as a list of their ids.',
  unknown_event: 'There is no event of this name.',
  insecure_context: 'Browsers allow calls only on pages loaded over HTTPS or from localhost.',
} as const;

/** A device that can be opened for a call. */
export type InputDevice = 'microphone' | 'camera';

/** Codes of errors that arise in the client. */
export type ClientErrorCode = keyof typeof clientErrors;
/** Every code, of the server and of the client. */
export type VeilcastErrorCode = ErrorCode | ClientErrorCode;

interface VeilcastErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly device?: InputDevice | undefined;
  readonly issues?: readonly Issue[] | undefined;
  readonly detail?: string | undefined;
}

/** A field with an invalid value, for `invalid_request`. */
export interface Issue {
  /** For example `deviceId`, or `callees.0`. */
  readonly path: string;
  /** What the value must be. */
  readonly message: string;
}

/** Every error of the client. `code` is stable; branch on it. */
export class VeilcastError extends Error {
  override readonly name = 'VeilcastError';
  readonly code: VeilcastErrorCode;
  /** How long to wait before a retry, in milliseconds. Undefined unless the server said it. */
  readonly retryAfterMs: number | undefined;
  /** The device that failed, for errors of one device. */
  readonly device: InputDevice | undefined;
  /** The invalid fields, for `invalid_request`; otherwise empty. */
  readonly issues: readonly Issue[];

  constructor(code: VeilcastErrorCode, options: VeilcastErrorOptions = {}) {
    const { issues = [], detail } = options;
    const named = issues.map(({ path, message }) => `${path}: ${message}.`);
    super([detail ?? messageOf(code), ...named].join(' '), options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.device = options.device;
    this.issues = issues;
  }
}

function messageOf(code: VeilcastErrorCode): string {
  return isClientCode(code) ? clientErrors[code] : errorCatalogue[code].message;
}

function isClientCode(code: VeilcastErrorCode): code is ClientErrorCode {
  return code in clientErrors;
}

/** Whether `error` is a `VeilcastError`, of one of these codes if any are given. */
export function isVeilcastError(error: unknown, ...codes: VeilcastErrorCode[]): error is VeilcastError {
  return error instanceof VeilcastError && (codes.length === 0 || codes.includes(error.code));
}

/** Converts anything thrown to a `VeilcastError`; `otherwise` is the code for other errors. */
export function asVeilcastError(error: unknown, otherwise: VeilcastErrorCode): VeilcastError {
  return error instanceof VeilcastError ? error : new VeilcastError(otherwise, { cause: error });
}

/** Converts the errors of getUserMedia and getDisplayMedia (W3C Media Capture, §10.3.1). */
export function mediaError(error: unknown): VeilcastError {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return new VeilcastError('media_denied', { cause: error });
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new VeilcastError('media_missing', { cause: error });
    default:
      return asVeilcastError(error, 'media_busy');
  }
}
