/**
 * The lasting connection to the server. It says hello on every socket, reconnects after a loss and carries requests.
 */
import { closeCodes } from '../../protocol/socket/closeCodes.ts';
import type { RequestInput, RequestName, RequestResult } from '../../protocol/socket/requests.ts';
import type { Addresses } from './addresses.ts';
import { backoffMs } from './backoff.ts';
import { wait } from '../../support/wait.ts';
import { isOfToken, isTokenRefusal } from './credential.ts';
import type { Credential } from './credential.ts';
import { Emitter } from '../support/emitter.ts';
import { VeilcastError, isVeilcastError } from '../support/errors.ts';
import { Socket } from './socket.ts';
import type { NotificationHandlers, WebSocketLike } from './socket.ts';
import { within } from '../../support/deadline.ts';

export type Hello = RequestResult<'hello'>;
/**
 * `reconnecting`: the socket was lost, and the client connects again with growing pauses. `closed` is final: the app
 * called `close`, another tab took this device's place, the user was signed out, or the token is refused.
 */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

export interface SignallingOptions {
  readonly addresses: Addresses;
  readonly deviceId: string;
  readonly credential: Credential;
  readonly notified: NotificationHandlers;
  readonly openWebSocket?: ((url: string) => WebSocketLike) | undefined;
  readonly requestTimeoutMs?: number | undefined;
  /** Milliseconds to wait before an attempt, counted from 0. */
  readonly backoff?: ((attempt: number) => number) | undefined;
}

interface SignallingEvents {
  state: ConnectionState;
  /** After every hello except the first, which `connect` returns. */
  again: Hello;
  closed: VeilcastError;
}

/** After these close codes the client does not reconnect. */
const finalCloses = new Map<number, 'replaced' | 'signed_out'>([
  [closeCodes.replaced, 'replaced'],
  [closeCodes.signed_out, 'signed_out'],
]);
/** Used by `renew`: the path to the server changed, not the server, so its address stays in use. */
const closedByUs = 1000;
/** A new token that is refused, or is none, this many times in a row will not be accepted later either. */
const maxRefusals = 3;

export class Signalling extends Emitter<SignallingEvents> {
  readonly #options: SignallingOptions;
  readonly #requestTimeoutMs: number;
  #state: ConnectionState = 'connecting';
  #socket: Socket | undefined;
  /** The address of the current or the last socket. */
  #address = '';
  #waiting: { resolve: (socket: Socket) => void; reject: (error: VeilcastError) => void }[] = [];
  #wake: () => void = () => undefined;
  #renewing = false;
  #greeting: Promise<unknown> | undefined;

  constructor(options: SignallingOptions) {
    super();
    this.#options = options;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 10_000;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Resolves when no hello is under way. The server could receive it after this connection is closed. */
  async helloDone(): Promise<void> {
    await this.#greeting?.catch(() => undefined);
  }

  /**
   * Opens the first connection, not before `after`. Rejects if it fails or if this is closed meanwhile; only later
   * losses are repaired silently.
   */
  async connect(after: Promise<void> = Promise.resolve()): Promise<Hello> {
    const closed = new Promise<never>((_, reject) => {
      this.once('closed', reject);
    });
    closed.catch(() => undefined);
    const first = after.then(() => this.#greetFirst());
    first.then(
      ([late]) => {
        if (this.#state === 'closed') late.close();
      },
      () => undefined,
    );
    const [socket, hello] = await Promise.race([first, closed]);
    this.#connected(socket);
    return hello;
  }

  /**
   * While disconnected, waits for the next socket, at most as long as a request may take. Rejects with `disconnected`
   * then.
   */
  async request<Name extends RequestName>(method: Name, params: RequestInput<Name>): Promise<RequestResult<Name>> {
    const socket = this.#socket ?? (await this.#nextSocket());
    return socket.request(method, params);
  }

  /** Takes a new socket at once, since the network under the old one has changed. */
  renew(): void {
    if (this.#state === 'connected') this.#socket?.close();
    // Skip the back-off. It spares a server that is down, but here only the path to it changed.
    this.#wake();
  }

  /**
   * The token of this connection expires soon. Asks the app for a new one until the server accepts it, or the socket is
   * lost.
   */
  async renewToken(): Promise<void> {
    const socket = this.#socket;
    if (this.#renewing || socket === undefined) return;
    this.#renewing = true;
    for (let attempt = 0; socket === this.#socket; attempt += 1) {
      try {
        await this.#options.credential.renew((token) => socket.request('renew', { token }));
        break;
      } catch {
        // Ask again if the server is unavailable. If it refuses, it closes the socket when the token expires.
        await this.#pause(attempt);
      }
    }
    this.#renewing = false;
  }

  close(why = new VeilcastError('closed')): void {
    if (this.#state === 'closed') return;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#set('closed');
    for (const { reject } of this.#waiting.splice(0)) reject(why);
    this.#wake();
    socket?.close();
    this.emit('closed', why);
  }

  async #greetFirst(): Promise<[Socket, Hello]> {
    try {
      return await this.#greet();
    } catch (error) {
      if (isTokenRefusal(error)) return this.#greet();
      throw error;
    }
  }

  #greet(): Promise<[Socket, Hello]> {
    // Closed while waiting for its turn.
    if (this.#state === 'closed') return Promise.reject(new VeilcastError('closed'));
    return this.#options.credential.use((token) => this.#greetAs(token));
  }

  async #greetAs(token: string): Promise<[Socket, Hello]> {
    const { addresses, deviceId } = this.#options;
    const { address, opened: socket } = await addresses.open((one) => this.#open(one));
    try {
      // Closed while the socket was opening.
      if (this.#state === 'closed') throw new VeilcastError('closed');
      const greeting = socket.request('hello', { token, deviceId });
      this.#greeting = greeting;
      const hello = await greeting;
      this.#address = address;
      addresses.use(address);
      return [socket, hello];
    } catch (error) {
      socket.close();
      if (isVeilcastError(error, 'disconnected', 'timed_out', 'unavailable')) addresses.lost(address);
      throw error;
    }
  }

  async #open(address: string): Promise<Socket> {
    const { notified, openWebSocket } = this.#options;
    const url = `${address.replace(/^http/, 'ws')}/v1/connect`;
    const opened: { socket?: Socket } = {};
    opened.socket = await Socket.open({
      webSocket: openWebSocket?.(url) ?? new WebSocket(url),
      requestTimeoutMs: this.#requestTimeoutMs,
      notified,
      closed: (code) => {
        if (opened.socket !== undefined) this.#lost(opened.socket, code);
      },
    });
    return opened.socket;
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    this.#set('connected');
    for (const { resolve } of this.#waiting.splice(0)) resolve(socket);
  }

  #lost(socket: Socket, code: number): void {
    if (socket !== this.#socket) return;
    const final = finalCloses.get(code);
    if (final !== undefined) {
      this.close(new VeilcastError(final));
      return;
    }
    if (code === closeCodes.token_expired) this.#options.credential.expired();
    this.#socket = undefined;
    if (code !== closedByUs) this.#options.addresses.lost(this.#address);
    this.#set('reconnecting');
    void this.#comeBack(code === closeCodes.draining || code === closeCodes.token_expired);
  }

  /** A draining server sends its clients one by one to nodes that are ready, so they reconnect without a pause. */
  async #comeBack(isSent: boolean): Promise<void> {
    let refusals = 0;
    for (let attempt = 0; this.#isReconnecting(); attempt += 1) {
      if (attempt > 0 || !isSent) await this.#pause(attempt);
      if (!this.#isReconnecting()) return;
      try {
        const [socket, hello] = await this.#greet();
        if (!this.#isReconnecting()) {
          socket.close();
          return;
        }
        this.#connected(socket);
        this.emit('again', hello);
        return;
      } catch (error) {
        if (isOfToken(error) && ++refusals >= maxRefusals) this.close(error);
      }
    }
  }

  async #pause(attempt: number): Promise<void> {
    const ms = (this.#options.backoff ?? backoffMs)(attempt);
    const woken = new AbortController();
    this.#wake = () => {
      woken.abort();
    };
    await wait(ms, woken.signal);
  }

  #nextSocket(): Promise<Socket> {
    if (this.#state === 'closed') return Promise.reject(new VeilcastError('closed'));
    let giveUp: () => void = () => undefined;
    const next = new Promise<Socket>((resolve, reject) => {
      const waiter = { resolve, reject };
      this.#waiting.push(waiter);
      giveUp = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
      };
    });
    return within(this.#requestTimeoutMs, next, () => {
      giveUp();
      throw new VeilcastError('disconnected');
    });
  }

  // A method, since the state changes during `await` and narrowing of the field would miss that.
  #isReconnecting(): boolean {
    return this.#state === 'reconnecting';
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.emit('state', state);
  }
}
