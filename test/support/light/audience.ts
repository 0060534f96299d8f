/** Light viewers: their signalling is done here, their packets are received by a process of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import type { DtlsParameters, TransportOptions } from '../../../src/protocol/shared/media.ts';
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import { killWithUs } from '../processes/killWithUs.ts';
import { answerMessage, reckoning } from './orders.ts';
import type { Order, Reckoning } from './orders.ts';

type Answer = z.infer<typeof answerMessage>;

/** The argument with which a program is to be a receivers' process. */
export const receiversRole = 'light-receivers';

export interface LightViewerOptions {
  readonly name: string;
  /** Of viewers that are compared as one. */
  readonly group: string;
  readonly transport: TransportOptions;
  readonly localAddress: string;
  readonly signalling: {
    connect(dtls: DtlsParameters): Promise<void>;
    ready(subscriptionIds: string[]): Promise<void>;
  };
}

export class LightAudience {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #fingerprint = '';
  #lastId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => {
      const answer = answerMessage.parse(message);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    child.on('exit', (code) => {
      for (const [id, waiting] of this.#waiting) waiting({ id, error: `the receivers ended with ${code}` });
    });
  }

  /** `command` runs a program that calls `receiveForParent`. */
  static async start(
    [file = '', ...args]: readonly string[] = [
      process.execPath,
      '--enable-source-maps',
      process.argv[1] ?? '',
      receiversRole,
    ],
  ): Promise<LightAudience> {
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    killWithUs(child);
    const audience = new LightAudience(child);
    audience.#fingerprint = z.string().parse(await audience.ask({ name: 'identify' }));
    return audience;
  }

  get dtlsParameters(): DtlsParameters {
    return { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: this.#fingerprint }] };
  }

  viewer(options: LightViewerOptions): LightViewer {
    return new LightViewer(this, options);
  }

  /** From here on it counts what comes. */
  async begin(): Promise<void> {
    await this.ask({ name: 'begin' });
  }

  /** With the newest packets that anybody has. */
  async end(compared: Omit<Extract<Order, { name: 'end' }>, 'name'> = {}): Promise<Reckoning> {
    return reckoning.parse(await this.ask({ name: 'end', ...compared }));
  }

  async ask(order: Order): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#child.send({ id, order });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`the receivers could not ${order.name}: ${error}`);
    return result;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.ref();
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

/** Takes up subscriptions as a participant does. */
export class LightViewer {
  readonly #audience: LightAudience;
  readonly #options: LightViewerOptions;
  #connecting: Promise<void> | undefined;
  #subscriptions = 0;

  constructor(audience: LightAudience, options: LightViewerOptions) {
    this.#audience = audience;
    this.#options = options;
  }

  /** That flow to it. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  async subscribed(subscriptions: readonly Subscription[]): Promise<void> {
    if (subscriptions.length === 0) return;
    await (this.#connecting ??= this.#connect());
    const streams = subscriptions.map(({ producerId: trackId, kind, rtpParameters }) => {
      const ssrc = rtpParameters.encodings[0]?.ssrc;
      if (ssrc === undefined) throw new Error('a subscription without SSRC');
      return { ssrc, trackId, kind };
    });
    await this.#audience.ask({ name: 'expect', viewer: this.#options.name, streams });
    await this.#options.signalling.ready(subscriptions.map(({ subscriptionId }) => subscriptionId));
    this.#subscriptions += subscriptions.length;
  }

  async #connect(): Promise<void> {
    const { name: viewer, group, localAddress, transport, signalling } = this.#options;
    await signalling.connect(this.#audience.dtlsParameters);
    await this.#audience.ask({ name: 'connect', viewer, group, localAddress, transport });
  }
}
