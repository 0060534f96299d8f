/** One WebSocket with JSON-RPC 2.0. It matches answers to requests, limits their time and parses every message. */
import { notifications } from '../../protocol/socket/notifications.ts';
import type { NotificationName, NotificationParams } from '../../protocol/socket/notifications.ts';
import { requests } from '../../protocol/socket/requests.ts';
import type { RequestInput, RequestName, RequestResult } from '../../protocol/socket/requests.ts';
import { rpcAnswer, rpcError, rpcNotification } from '../../protocol/socket/jsonRpc.ts';
import { within } from '../../support/deadline.ts';
import { PendingRequests } from '../../support/pendingRequests.ts';
import { VeilcastError } from '../support/errors.ts';

/** The part of the WebSocket interface (WHATWG WebSockets) that the client uses. Messages are text. */
export interface WebSocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
}

export type NotificationHandlers = { [Name in NotificationName]: (params: NotificationParams<Name>) => void };

/** The tables of the protocol, typed so that TypeScript links each name to the type of its parsed value. */
const answers: { readonly [Name in RequestName]: { result: { parse(value: unknown): RequestResult<Name> } } } =
  requests;
const known: {
  readonly [Name in NotificationName]: { params: { parse(value: unknown): NotificationParams<Name> } };
} = notifications;

export interface SocketOptions {
  readonly webSocket: WebSocketLike;
  readonly notified: NotificationHandlers;
  readonly closed: (code: number) => void;
  readonly requestTimeoutMs: number;
}

export class Socket {
  readonly #options: SocketOptions;
  readonly #pending = new PendingRequests<'server'>();
  #open = true;

  private constructor(options: SocketOptions) {
    this.#options = options;
    const { webSocket } = options;
    webSocket.addEventListener('message', ({ data }) => {
      this.#received(data);
    });
    webSocket.addEventListener('close', ({ code }) => {
      this.#lost(code);
    });
  }

  /**
   * Resolves when the socket is open. Rejects with `disconnected` if it cannot be opened, and with `timed_out` if that
   * takes too long.
   */
  static open(options: SocketOptions): Promise<Socket> {
    const { webSocket, requestTimeoutMs } = options;
    const socket = new Socket(options);
    const opened = new Promise<Socket>((resolve, reject) => {
      webSocket.addEventListener('open', () => {
        resolve(socket);
      });
      const failed = () => {
        reject(new VeilcastError('disconnected'));
      };
      webSocket.addEventListener('error', failed);
      webSocket.addEventListener('close', failed);
    });
    return within(requestTimeoutMs, opened, () => {
      webSocket.close();
      throw new VeilcastError('timed_out');
    });
  }

  /** Sends at once. Rejects with the server's code, `timed_out`, `disconnected` or `unexpected_message`. */
  async request<Name extends RequestName>(method: Name, params: RequestInput<Name>): Promise<RequestResult<Name>> {
    if (!this.#open) throw new VeilcastError('disconnected');
    const result = await this.#pending.ask({
      to: 'server',
      limitMs: this.#options.requestTimeoutMs,
      send: (id) => {
        this.#options.webSocket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      },
      late: () => new VeilcastError('timed_out'),
    });
    try {
      return answers[method].result.parse(result);
    } catch (cause) {
      throw new VeilcastError('unexpected_message', { cause });
    }
  }

  /** Closes without waiting for the server. Pending requests reject at once. */
  close(): void {
    this.#options.webSocket.close(1000);
    this.#lost(1000);
  }

  #lost(code: number): void {
    if (!this.#open) return;
    this.#open = false;
    this.#pending.rejectAll(() => new VeilcastError('disconnected'));
    this.#options.closed(code);
  }

  #received(data: unknown): void {
    if (!this.#open || typeof data !== 'string') return;
    const message = fromJson(data);
    if (isRecord(message) && 'method' in message) this.#notified(message);
    else this.#answered(message);
  }

  #answered(message: unknown): void {
    const id = isRecord(message) && typeof message['id'] === 'number' ? message['id'] : undefined;
    if (id === undefined) return;
    const answer = rpcAnswer.safeParse(message);
    if (isRecord(message) && 'error' in message) this.#pending.reject(id, errorFrom(message['error']));
    else if (answer.success && 'result' in answer.data) this.#pending.resolve(id, answer.data.result);
    else this.#pending.reject(id, new VeilcastError('unexpected_message', { cause: answer.error }));
  }

  /** Ignores notifications that this client does not know: the server may be newer. */
  #notified(message: unknown): void {
    const notification = rpcNotification.safeParse(message);
    if (!notification.success) return;
    const { method, params } = notification.data;
    if (isNotificationName(method)) dispatch(method, this.#options.notified[method], params);
  }
}

/** Reports a notification that does not parse as an uncaught error. The socket stays open. */
function dispatch<Name extends NotificationName>(name: Name, handle: NotificationHandlers[Name], params: unknown) {
  try {
    handle(known[name].params.parse(params));
  } catch (cause) {
    reportError(new VeilcastError('unexpected_message', { cause }));
  }
}

function isNotificationName(name: string): name is NotificationName {
  return Object.hasOwn(notifications, name);
}

function errorFrom(raw: unknown): VeilcastError {
  const error = rpcError.safeParse(raw);
  // A newer server may use codes that this client does not know. They become `internal`.
  if (!error.success) return new VeilcastError('internal', { cause: raw });
  const { code, retryAfterMs, issues } = error.data.data;
  return new VeilcastError(code, { retryAfterMs, issues });
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
