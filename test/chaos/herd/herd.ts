/** Many people in one call who all act at once: each act is asked for once, as by a person who presses a button. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../support/waitFor.ts';
import type { Device } from '../clients/device.ts';
import { now } from '../clients/ears.ts';
import type { Refusal, Wish } from '../judge/ghosts.ts';
import type { Dice } from '../../../src/load/plan/dice.ts';
import { between } from '../../support/between.ts';

export interface HerdOptions {
  readonly host: Device;
  /** Everybody else: those who answer by themselves do nothing more. */
  readonly steady: readonly Device[];
  readonly members: readonly Device[];
  readonly dice: Dice;
}

const ringsWithinMs = 30_000;
/** A person who hangs up is not asked again: the client repeats it until it is heard. */
const hangUpEveryMs = 500;
const hangUpTries = 20;
const longestPauseMs = 20;
const over = /call_ended|call_not_found|not_joined/;

export class Herd {
  readonly callId: string;
  readonly wishes = new Map<Device, Wish>();
  readonly refusals: Refusal[] = [];
  acts = 0;
  lastActAt = now();
  readonly #options: HerdOptions;
  readonly #answered = new Set<Device>();
  readonly #onHold = new Set<Device>();

  private constructor(callId: string, options: HerdOptions) {
    this.callId = callId;
    this.#options = options;
    this.wishes.set(options.host, 'in');
    for (const device of options.steady) this.wishes.set(device, 'in');
    for (const device of options.members) this.wishes.set(device, 'out');
  }

  /** The host calls everybody, and it rings everywhere. */
  static async gather(options: HerdOptions): Promise<Herd> {
    const { host, steady, members } = options;
    const callees = [...steady, ...members];
    const callId = await host.call(callees.map(({ userId }) => userId));
    const rings = () => callees.every(({ lines }) => lines.has(callId));
    await waitFor(`${callId} to ring everywhere`, rings, { withinMs: ringsWithinMs });
    return new Herd(callId, options);
  }

  async answerAtOnce(): Promise<void> {
    await this.#atOnce((device) => this.#answer(device));
  }

  /** One round: who is in leaves, joins anew, or holds; who is out comes back. */
  async actAtOnce(): Promise<void> {
    await this.#atOnce((device, chance) => {
      if (!this.#answered.has(device)) return this.#answer(device);
      if (this.wishes.get(device) !== 'in') {
        return this.#come(device, 'rejoin', () => device.rejoin(this.callId));
      }
      if (chance < 0.4) return this.#leave(device);
      if (chance < 0.7) return this.#renew(device);
      return this.#hold(device);
    });
  }

  async leaveAtOnce(): Promise<void> {
    const { host, steady } = this.#options;
    await this.#atOnce((device) => this.#leave(device), [host, ...steady]);
  }

  async #atOnce(act: (device: Device, chance: number) => Promise<void>, also: readonly Device[] = []): Promise<void> {
    const { members, dice } = this.#options;
    // Drawn in one order before anybody acts, so that a seed gives the same herd whatever the machine does.
    const acts = [...members, ...also].map((device) => {
      return { device, chance: dice.throw(), afterMs: between(dice, 0, longestPauseMs) };
    });
    await Promise.all(
      acts.map(async ({ device, chance, afterMs }) => {
        await delay(afterMs);
        await act(device, chance);
      }),
    );
    this.lastActAt = now();
  }

  async #answer(device: Device): Promise<void> {
    await this.#come(device, 'answer', () => device.answer(this.callId));
    if (this.wishes.get(device) === 'in') this.#answered.add(device);
  }

  async #come(device: Device, what: string, ask: () => Promise<void>): Promise<void> {
    const refusal = await this.#try(device, what, ask);
    if (refusal === undefined) this.wishes.set(device, 'in');
    else if (/no answer|socket closed/.test(refusal)) this.wishes.set(device, 'unknown');
  }

  async #leave(device: Device): Promise<void> {
    this.wishes.set(device, 'out');
    this.#onHold.delete(device);
    for (let tries = 0; tries < hangUpTries; tries += 1) {
      const refusal = await this.#try(device, 'leave', () => device.leave(this.callId));
      if (refusal === undefined || over.test(refusal)) return;
      await delay(hangUpEveryMs);
    }
  }

  async #renew(device: Device): Promise<void> {
    await this.#try(device, 'join anew', async () => device.lines.get(this.callId)?.renew());
  }

  async #hold(device: Device): Promise<void> {
    const onHold = !this.#onHold.has(device);
    const refusal = await this.#try(device, 'hold', () => device.hold(this.callId, onHold));
    if (refusal !== undefined) return;
    if (onHold) this.#onHold.add(device);
    else this.#onHold.delete(device);
  }

  /** Answers why it was refused. */
  async #try(device: Device, what: string, ask: () => Promise<unknown>): Promise<string | undefined> {
    this.acts += 1;
    try {
      await ask();
      return undefined;
    } catch (error) {
      const why = String(error);
      this.refusals.push({ userId: device.userId, what, why, at: now() });
      return why;
    }
  }
}
