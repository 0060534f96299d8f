/** What an app gives a client, and hears of it. */
import type { Call } from './calls/call.ts';
import type { TokenSource } from './connection/credential.ts';
import type { VeilcastError } from './support/errors.ts';
import type { ConnectionState } from './connection/signalling.ts';
import type { WebSocketLike } from './connection/socket.ts';

export interface ConnectOptions {
  /**
   * Where Veilcast is served, for example `https://calls.example.org`; or several addresses of the same service, in the order in
   * which they are tried: when one is lost the next takes over, and calls go on.
   */
  readonly url: string | readonly string[];
  /**
   * A user token from the app's backend. Asked for at every request: cache it while it is good and was not `refused`. Asked
   * with `refused` also shortly before the token of the connection ends: the new one is shown to the server, and calls go on.
   */
  readonly token: TokenSource;
  /**
   * Keep it over reloads of the same tab, so that a call that was answered here is taken up again. Default: a random one.
   * 8 to 64 letters, digits, `_` and `-`. Of two clients of one device in a page the newer goes on, and the older is closed as
   * `replaced`.
   */
  readonly deviceId?: string;
  /** Gives the connecting up: `connect` rejects with `aborted`. Without effect once it is connected. */
  readonly signal?: AbortSignal;
  readonly openWebSocket?: (url: string) => WebSocketLike;
}

export interface ClientEvents {
  /** Somebody calls. Everything is being made ready meanwhile; no camera or microphone is open. */
  incoming: Call;
  /** A call began, ended, or was taken up again after a reload. */
  calls: readonly Call[];
  connection: ConnectionState;
  /** The connection is over for good: `replaced`, `signed_out`, `unauthenticated` or `closed`. */
  closed: VeilcastError;
}
