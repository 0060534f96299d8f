/** The app's backend as a webhook receiver: verifies what comes by the rules of Standard Webhooks, and answers as told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';

const message = z.object({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.looseObject({ callId: z.string().default(''), seq: z.number().default(0) }),
});
export interface Received {
  readonly id: string;
  readonly type: string;
  readonly callId: string;
  readonly seq: number;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly accepted: boolean;
  /** When it came, milliseconds since the epoch. */
  readonly at: number;
}
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export const accept: Behaviour = (_, response) => response.writeHead(204).end();
export const fail: Behaviour = (_, response) => response.writeHead(500).end('no');

export class WebhookReceiver {
  readonly received: Received[] = [];
  /** Most requests that were open at once, by call. */
  readonly overlapping: string[] = [];
  behave: Behaviour = accept;
  readonly #server = createServer((request, response) => {
    void this.#take(request, response);
  });
  readonly #open = new Set<string>();
  readonly #host: string;
  port = 0;

  private constructor(host: string) {
    this.#host = host;
  }

  static async start(port = 0, host = '127.0.0.1'): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(host);
    await receiver.listen(port);
    return receiver;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, this.#host);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
  }

  get url(): string {
    return `http://${this.#host}:${this.port}/hooks?key=of-the-url`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  get accepted(): readonly Received[] {
    return this.received.filter((one) => one.accepted);
  }

  /** What was accepted of a call, in the order in which it came. */
  of(callId: string): readonly Received[] {
    return this.accepted.filter((one) => one.callId === callId);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const {
      type,
      data: { callId, seq },
    } = message.parse(JSON.parse(body));
    if (this.#open.has(callId)) this.overlapping.push(callId);
    this.#open.add(callId);
    const headers = z.record(z.string(), z.string()).parse(request.headers);
    const come = { id: headers['webhook-id'] ?? '', type, callId, seq, body, headers, at };
    response.once('close', () => {
      this.#open.delete(callId);
      const { statusCode, writableFinished } = response;
      this.received.push({ ...come, accepted: writableFinished && statusCode >= 200 && statusCode < 300 });
    });
    this.behave(request, response);
  }
}

/** Throws when the signature is of none of this secret. */
export function verify({ body, headers }: Received, secret: string): void {
  new Webhook(secret).verify(body, headers);
}
