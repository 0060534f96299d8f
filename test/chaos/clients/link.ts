/** A device's way to the servers, by the rules of the SDK: says hello on every socket, tries the next server after a loss. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type * as z from 'zod';
import { Addresses } from '../../../src/client/connection/addresses.ts';
import { backoffMs } from '../../../src/client/connection/backoff.ts';
import { closeCodes } from '../../../src/protocol/socket/closeCodes.ts';
import type { rpcNotification } from '../../../src/protocol/socket/jsonRpc.ts';
import type { RequestInput, RequestName, RequestResult } from '../../../src/protocol/socket/requests.ts';
import { SocketClient } from '../../support/socketClient.ts';

export type Hello = RequestResult<'hello'>;
export interface LinkOptions {
  /** Of any node, in the order in which they are tried. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly deviceId: string;
  readonly localAddress: string;
  readonly heard: (notification: z.output<typeof rpcNotification>) => void;
  /** On the answer to hello on each socket; `first` for the first of them. */
  readonly onHello: (hello: Hello, first: boolean) => void;
  readonly lost: () => void;
}

/** As the SDK waits for an answer, and for a socket. */
const requestLimitMs = 10_000;
const openLimitMs = 5_000;

export class Link {
  readonly #options: LinkOptions;
  readonly #addresses: Addresses;
  #url: string;
  #socket: SocketClient | undefined;
  /** The one that was given up here: its server may be as good as before. */
  #renewing: SocketClient | undefined;
  #waiting: ((socket: SocketClient) => void)[] = [];
  #wake = new AbortController();
  #closed = false;
  /** How many sockets there have been. */
  sockets = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#addresses = new Addresses(options.urls);
    [this.#url = ''] = options.urls;
  }

  /** Of the node that it talks to. */
  get url(): string {
    return this.#url;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  async connect(): Promise<void> {
    await this.#greet(true);
  }

  async request<N extends RequestName>(method: N, params: RequestInput<N>): Promise<RequestResult<N>> {
    const socket = this.#socket ?? (await this.#next());
    return within(requestLimitMs, socket.ask(method, params));
  }

  /** Takes a new socket at once: nothing comes over the old one any more, though it does not know it. */
  renew(): void {
    const socket = this.#socket;
    this.#renewing = socket;
    if (socket === undefined) this.#wake.abort();
    else void socket.close();
  }

  /** As a network that takes the socket away. */
  lose(): void {
    void this.#socket?.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake.abort();
    await this.#socket?.close();
  }

  async #greet(first: boolean): Promise<void> {
    const { token, deviceId, localAddress, heard, onHello } = this.#options;
    const { address, opened: socket } = await this.#addresses.open((url) =>
      SocketClient.open(url, localAddress, openLimitMs),
    );
    socket.keeps = false;
    // Before the hello is answered: what comes right after it must not be missed.
    socket.onNotification = heard;
    try {
      const hello = await within(requestLimitMs, socket.ask('hello', { token, deviceId }));
      if (this.#isClosed() || !socket.isOpen) throw new Error('the socket closed during the greeting');
      this.sockets += 1;
      this.#socket = socket;
      this.#url = address;
      this.#addresses.use(address);
      void once(socket.socket, 'close').then(([code]: unknown[]) => this.#lost(socket, code === closeCodes.draining));
      for (const resolve of this.#waiting.splice(0)) resolve(socket);
      onHello(hello, first);
    } catch (error) {
      await socket.close();
      this.#addresses.lost(address);
      throw error;
    }
  }

  async #lost(socket: SocketClient, isDraining: boolean): Promise<void> {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#options.lost();
    for (let attempt = 0; !this.#isClosed(); attempt += 1) {
      if (attempt === 0 && this.#renewing !== socket) this.#addresses.lost(this.#url);
      this.#wake = new AbortController();
      const { signal } = this.#wake;
      if (attempt > 0 || !isDraining) await delay(backoffMs(attempt), undefined, { signal }).catch(() => undefined);
      if (this.#isClosed()) return;
      try {
        await this.#greet(false);
        return;
      } catch {
        // This server is not to be had now: the next one.
      }
    }
  }

  #next(): Promise<SocketClient> {
    return within(
      requestLimitMs,
      new Promise<SocketClient>((resolve) => {
        this.#waiting.push(resolve);
      }),
    );
  }

  // A method, since it changes while awaiting, which narrowing of the field would not see.
  #isClosed(): boolean {
    return this.#closed;
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${limitMs} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
