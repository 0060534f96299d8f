/** Two people who call each other again and again, whatever happens around them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../clients/device.ts';
import { now } from '../clients/ears.ts';
import type { Violation } from '../judge/evidence.ts';
import { earsOf, flows } from '../stage/calls.ts';
import type { Talk } from '../stage/calls.ts';
import type { Dice } from '../../../src/load/plan/dice.ts';
import { between } from '../../support/between.ts';

const soundWithinMs = 20_000;
/** Whoever hears nobody for so long hangs up in life. */
const patienceMs = 30_000;
const lookEveryMs = 100;

export interface Tally {
  made: number;
  /** Calls that could not be made: refused, or without sound in time. */
  refused: number;
  hungUp: number;
}

export class Couple {
  readonly tally: Tally = { made: 0, refused: 0, hungUp: 0 };
  readonly lost: Violation[] = [];
  readonly #pair: readonly [Device, Device];
  readonly #dice: Dice;
  /** The call that they are in, with sound. */
  talk: Talk | undefined;
  #stopped = false;

  constructor(pair: readonly [Device, Device], dice: Dice) {
    this.#pair = pair;
    this.#dice = dice;
  }

  async live(): Promise<void> {
    while (!this.#isStopped()) {
      await this.#callOnce();
      await delay(between(this.#dice, 500, 5_000));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #callOnce(): Promise<void> {
    const [one, other] = this.#pair;
    const [caller, callee] = this.#dice.throw() < 0.5 ? [one, other] : [other, one];
    const callId = await caller.call([callee.userId]).catch(() => undefined);
    if (callId === undefined) {
      this.tally.refused += 1;
      return;
    }
    const talk: Talk = { callId, caller, callee };
    if (await this.#getsSound(talk)) await this.#talkOver(talk);
    else this.tally.refused += 1;
    await this.#hangUp(talk);
    for (const device of this.#pair) device.ears.forget(callId);
  }

  async #getsSound(talk: Talk): Promise<boolean> {
    const deadline = now() + soundWithinMs;
    while (now() < deadline) {
      if (flows(talk, now(), lookEveryMs * 5)) return true;
      await delay(lookEveryMs);
    }
    return false;
  }

  async #talkOver(talk: Talk): Promise<void> {
    this.tally.made += 1;
    this.talk = talk;
    const until = now() + between(this.#dice, 5_000, 40_000);
    while (now() < until && !this.#isStopped()) {
      await delay(lookEveryMs);
      const why = whyLost(talk);
      if (why === undefined) continue;
      this.lost.push({ rule: 'call lost', what: `${talk.callId}: ${why}` });
      this.talk = undefined;
      return;
    }
    this.talk = undefined;
    this.tally.hungUp += 1;
  }

  /** Until the server has heard it: nobody leaves by silence here. */
  async #hangUp({ callId, caller, callee }: Talk): Promise<void> {
    const by = this.#dice.throw() < 0.5 ? caller : callee;
    for (let attempt = 0; attempt < 60; attempt += 1) {
      try {
        await by.leave(callId);
        return;
      } catch (error) {
        if (/call_ended|call_not_found|not_joined/.test(String(error))) return;
        await delay(500);
      }
    }
  }

  // A method, since it changes while awaiting, which narrowing of the field would not see.
  #isStopped(): boolean {
    return this.#stopped;
  }
}

function whyLost(talk: Talk): string | undefined {
  const { callId, caller, callee } = talk;
  for (const { userId, lines } of [caller, callee]) {
    if (!lines.has(callId)) return `it ended for ${userId}, and nobody had hung up`;
  }
  const silent = earsOf(talk).find(({ lastAt }) => now() - lastAt > patienceMs);
  return silent === undefined ? undefined : `${silent.listener} heard nobody for ${patienceMs} ms`;
}
