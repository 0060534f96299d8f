/** The options of a client, and its events. */
import type { Call } from './calls/call.ts';
import type { TokenSource } from './connection/credential.ts';
import type { VeilcastError } from './support/errors.ts';
import type { ConnectionState } from './connection/signalling.ts';
import type { WebSocketLike } from './connection/socket.ts';

export interface ConnectOptions {
  /**
   * URL of the server, for example `https://calls.example.org`. May be several URLs of the same service, which are
   * tried in this order: if one is lost, the next takes over and calls continue.
   */
  readonly url: string | readonly string[];
  /**
   * Returns a user token from the app's backend. Called at every request, so cache the token while it is valid and
   * `refused` is false. Also called with `refused: true` shortly before the token of the connection expires; the new
   * one is sent to the server, and calls continue.
   */
  readonly token: TokenSource;
  /**
   * Identifies this device: 8 to 64 letters, digits, `_` and `-`. Default: a random UUID. Keep it across reloads of a
   * tab, so that a call answered here is resumed. If a page has two clients for one device, the older is closed with
   * `replaced`.
   */
  readonly deviceId?: string;
  /** Aborts connecting: `connect` rejects with `aborted`. No effect once it is connected. */
  readonly signal?: AbortSignal;
  /** Opens sockets instead of `new WebSocket(url)`, for example in tests or through a wrapper. */
  readonly openWebSocket?: (url: string) => WebSocketLike;
}

export interface ClientEvents {
  /** Somebody calls this user. Media is prepared in the background; no camera or microphone is open. */
  incoming: Call;
  /** A call began, ended, or was resumed after a reload. The payload lists all live calls of this device. */
  calls: readonly Call[];
  /** The state of the connection to the server changed. */
  connection: ConnectionState;
  /** The connection is closed and not opened again: `replaced`, `signed_out`, `unauthenticated` or `closed`. */
  closed: VeilcastError;
}

export const clientEvents = {
  incoming: true,
  calls: true,
  connection: true,
  closed: true,
} as const satisfies Record<keyof ClientEvents, true>;
