/** The other end of Carol's process. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { killWithUs } from '../../support/processes/killWithUs.ts';
import { answerMessage, attacked, recorded } from './carolOrders.ts';
import type { Attempt, Order, Recorded } from './carolOrders.ts';
import { namespaceOf } from '../stage/people.ts';

type Waiting = (answer: z.infer<typeof answerMessage>) => void;

export class CarolProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => {
      const answer = answerMessage.parse(message);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    child.on('exit', (code) => {
      for (const [id, waiting] of this.#waiting) waiting({ id, result: undefined, error: `Carol ended with ${code}` });
    });
  }

  static start(run: number, program: string): CarolProcess {
    const inside = [
      'netns',
      'exec',
      namespaceOf(run, 'carol'),
      process.execPath,
      '--enable-source-maps',
      program,
      'carol',
    ];
    const child = spawn('ip', inside, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    killWithUs(child);
    return new CarolProcess(child);
  }

  async come(server: { readonly url: string; readonly apiKey: string }): Promise<void> {
    await this.#ask({ name: 'come', url: server.url, apiKey: server.apiKey });
  }

  async take(): Promise<string> {
    return z.string().parse(await this.#ask({ name: 'take' }));
  }

  async leave(callId: string): Promise<void> {
    await this.#ask({ name: 'leave', callId });
  }

  async hangUp(callId: string): Promise<void> {
    await this.#ask({ name: 'hangUp', callId });
  }

  async packets(): Promise<number> {
    return z.number().parse(await this.#ask({ name: 'packets' }));
  }

  async attack(
    callees: readonly string[],
    mediaPorts: readonly number[],
  ): Promise<{ readonly callId: string; readonly attempts: readonly Attempt[] }> {
    return attacked.parse(await this.#ask({ name: 'attack', callees: [...callees], mediaPorts: [...mediaPorts] }));
  }

  async plant(packet: Buffer): Promise<void> {
    await this.#ask({ name: 'plant', packet: packet.toString('base64') });
  }

  async record(file: string): Promise<readonly Recorded[]> {
    await this.#ask({ name: 'record', file });
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => recorded.parse(JSON.parse(line)));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.ref();
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #ask(order: Order): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = new Promise<z.infer<typeof answerMessage>>((resolve) => this.#waiting.set(id, resolve));
    this.#child.send({ id, order });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`Carol could not ${order.name}: ${error}`);
    return result;
  }
}
