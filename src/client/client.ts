/** The options of a client, and its events. */
import type { Call } from './calls/call.ts';
import type { TokenSource } from './connection/credential.ts';
import type { VeilcastError } from './support/errors.ts';
import type { ConnectionState } from './connection/signalling.ts';
import type { WebSocketLike } from './connection/socket.ts';

export interface ConnectOptions {
  /**
   * Where Veilcast is served, for example `https://calls.example.org`. May be several addresses of the same service,
   * which are tried in this order: when one is lost, the next takes over and calls go on.
   */
  readonly url: string | readonly string[];
  /**
   * Returns a user token from the app's backend. Called at every request, so cache the token while it is valid and
   * `refused` is false. Also called with `refused: true` shortly before the token of the connection expires; the new
   * one is sent to the server, and calls go on.
   */
  readonly token: TokenSource;
  /**
   * Keep it over reloads of the same tab, so that a call that was answered here is taken up again. Default: a random one.
   * 8 to 64 letters, digits, `_` and `-`. Of two clients of one device in a page the newer goes on, and the older is closed as
   * `replaced`.
   */
  readonly deviceId?: string;
  /** Aborts connecting: `connect` rejects with `aborted`. No effect once it is connected. */
  readonly signal?: AbortSignal;
  readonly openWebSocket?: (url: string) => WebSocketLike;
}

export interface ClientEvents {
  /** Somebody calls this user. Media is being prepared meanwhile; no camera or microphone is open. */
  incoming: Call;
  /** A call began, ended, or was resumed after a reload. The payload lists all live calls of this device. */
  calls: readonly Call[];
  connection: ConnectionState;
  /** The connection is over for good: `replaced`, `signed_out`, `unauthenticated` or `closed`. */
  closed: VeilcastError;
}
