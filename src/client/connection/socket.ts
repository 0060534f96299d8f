/** One WebSocket that speaks JSON-RPC 2.0: matches answers to requests, bounds their time, parses all that comes in. */
import { notifications } from '../../protocol/socket/notifications.ts';
import type { NotificationName, NotificationParams } from '../../protocol/socket/notifications.ts';
import { requests } from '../../protocol/socket/requests.ts';
import type { RequestInput, RequestName, RequestResult } from '../../protocol/socket/requests.ts';
import { rpcAnswer, rpcError, rpcNotification } from '../../protocol/socket/jsonRpc.ts';
import { within } from '../../support/deadline.ts';
import { PendingRequests } from '../../support/pendingRequests.ts';
import { VeilcastError } from '../support/errors.ts';

/** The part of the WebSocket interface that is used here. */
export interface WebSocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
}

export type NotificationHandlers = { [Name in NotificationName]: (params: NotificationParams<Name>) => void };

/** The tables of the protocol, seen so that TypeScript connects a name with the type of what it parses to. */
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

  /** Resolves when the socket is open; rejects with `disconnected` when it cannot be opened. */
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

  /** Closes without waiting for the other side: what is pending rejects now. */
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

  /** What a newer server says, and this client does not know, is left alone. */
  #notified(message: unknown): void {
    const notification = rpcNotification.safeParse(message);
    if (!notification.success) return;
    const { method, params } = notification.data;
    if (isNotificationName(method)) dispatch(method, this.#options.notified[method], params);
  }
}

/** A notification that does not parse is reported where uncaught errors go; the socket lives on. */
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
  // A code of a newer server is no code of ours: what remains is that it went wrong there.
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
