import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { CallId, NodeId, SessionId, UserId, WebhookEndpointId } from '../../domain/kernel/ids.ts';

/** The only fields of a log line. A closed list: none of them can hold a client's address. */
export interface LogFields {
  readonly callId?: CallId;
  readonly nodeId?: NodeId;
  readonly sessionId?: SessionId;
  readonly userId?: UserId;
  readonly endpointId?: WebhookEndpointId;
  readonly code?: ErrorCode;
  readonly method?: string;
  readonly reason?: string;
  readonly count?: number;
  /** Of a media worker. */
  readonly pid?: number;
  /** Of this server. */
  readonly port?: number;
  /**
   * Logged as name, message and stack, with everything that looks like an address removed. Of a value that cannot be
   * read, only what is wrong and where it was read: the message may contain the value.
   */
  readonly error?: unknown;
}

/** Writes lines of JSON. `message` must be fixed text: whatever varies belongs into a field. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
