/** A raw client of `/v1/connect`: sends what it is told, keeps what it hears. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { notifications } from '../../src/protocol/socket/notifications.ts';
import type { NotificationName, NotificationParams } from '../../src/protocol/socket/notifications.ts';
import { rpcAnswer, rpcNotification } from '../../src/protocol/socket/jsonRpc.ts';
import { requests } from '../../src/protocol/socket/requests.ts';
import type { RequestInput, RequestName, RequestResult } from '../../src/protocol/socket/requests.ts';
import { waitFor } from './waitFor.ts';
import type { WaitOptions } from './waitFor.ts';

export interface Refused {
  readonly refused: string;
}
type Answer = z.output<typeof rpcAnswer>;
type Heard = z.output<typeof rpcNotification>;

export class SocketClient {
  readonly socket: WebSocket;
  /** Every notification, oldest first. */
  readonly heard: Heard[] = [];
  /** Every frame as it came. */
  readonly frames: string[] = [];
  /** Answers that no request waited for. */
  readonly strayAnswers: Answer[] = [];
  onNotification: ((heard: Heard) => void) | undefined;
  /** Whether what is heard is kept: a crowd that listens for long would fill the memory. */
  keeps = true;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.#receive(z.instanceof(Buffer).parse(data).toString('utf8'));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const waiting of this.#waiting.values()) waiting.reject(new Error('the socket closed before the answer'));
      this.#waiting.clear();
    });
  }

  static async open(url: string, localAddress = '127.0.0.1', handshakeTimeout = 10_000): Promise<SocketClient> {
    // Each message is an event of its own, as in browsers: whoever waits for an answer continues before the next is heard.
    const options = { localAddress, handshakeTimeout, allowSynchronousEvents: false };
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/connect`, options);
    const client = new SocketClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Throws an error that holds the code when the server refuses. */
  async ask<N extends RequestName>(method: N, params: RequestInput<N>): Promise<RequestResult<N>> {
    const answer = await this.try(method, params);
    if ('error' in answer) throw new Error(`${method} was refused: ${answer.error.data.code}`);
    // The schema of this very request: its output is what the type says.
    const schema: z.ZodType<RequestResult<N>> = z.custom<RequestResult<N>>(
      (value) => requests[method].result.safeParse(value).success,
    );
    return schema.parse(answer.result);
  }

  /** The code of the refusal; an error when there is none. */
  async refusal(method: string, params: unknown): Promise<string> {
    const answer = await this.try(method, params);
    if ('error' in answer) return answer.error.data.code;
    throw new Error(`${method} was not refused`);
  }

  try(method: string, params: unknown): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  /** The newest notification of a kind that fits. */
  waitFor<N extends NotificationName>(
    method: N,
    fits: (params: NotificationParams<N>) => boolean = () => true,
    options: WaitOptions = {},
  ): Promise<NonNullable<NotificationParams<N>>> {
    const schema = z.custom<NotificationParams<N>>((value) => notifications[method].params.safeParse(value).success);
    const newest = () => {
      const found = this.heard.filter((one) => one.method === method).map(({ params }) => schema.parse(params));
      return found.reverse().find(fits);
    };
    return waitFor(`the notification ${method}`, newest, options);
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.terminate();
    await closed;
  }

  #receive(text: string): void {
    if (this.keeps) this.frames.push(text);
    const json: unknown = JSON.parse(text);
    const notification = rpcNotification.safeParse(json);
    if (notification.success) {
      if (this.keeps) this.heard.push(notification.data);
      this.onNotification?.(notification.data);
      return;
    }
    const answer = rpcAnswer.parse(json);
    const waiting = typeof answer.id === 'number' ? this.#waiting.get(answer.id) : undefined;
    if (waiting === undefined || typeof answer.id !== 'number') this.strayAnswers.push(answer);
    else {
      this.#waiting.delete(answer.id);
      waiting.resolve(answer);
    }
  }
}
