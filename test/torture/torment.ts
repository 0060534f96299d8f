/** What every attack is given, and where it tells what it did and what it found. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Violation } from '../chaos/judge/evidence.ts';
import type { Dice } from '../../src/load/plan/dice.ts';
import type { Stage } from '../chaos/stage/stage.ts';

/** A ring that nobody answers lasts so long. */
export const ringMs = 20_000;

export interface Tried {
  cuts: number;
  herds: number;
  badCredentials: number;
  deadReceiverMessages: number;
  listed: number;
}

/** A stretch of time, in milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Torment {
  readonly stage: Stage;
  /** Its own, so that what another attack draws does not change what this one does. */
  readonly dice: Dice;
  /** Of the whole: 1 for five minutes. */
  readonly scale: number;
  readonly tried: Tried;
  readonly found: Violation[];
  /** In which the store took no writes. */
  readonly windows: Window[];
  readonly tell: (line: string) => void;
  /** No attack begins anew after it: milliseconds since the epoch. */
  readonly until: number;
}
export type Attack = (torment: Torment) => Promise<void>;

export const isOver = ({ until }: Torment): boolean => Date.now() >= until;

/** Does it again and again, with pauses, until the time is over; what it throws is found, and the next try is made. */
export async function again(torment: Torment, name: string, { pauseMs, act }: Again): Promise<void> {
  while (!isOver(torment)) {
    await once(torment, name, act);
    await pause(torment, pauseMs);
  }
}
export interface Again {
  readonly pauseMs: number;
  readonly act: () => Promise<void>;
}

export async function once(torment: Torment, name: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const why = error instanceof Error ? `${error.message} ${causeOf(error)}` : String(error);
    torment.tell(`${name}: ${why}`);
    torment.found.push({ rule: 'failed', what: `${name}: ${why}`.slice(0, 300) });
  }
}

const causeOf = ({ cause }: Error): string => (cause instanceof Error ? cause.message : '');

export const pause = ({ until }: Torment, ms: number): Promise<void> =>
  delay(Math.max(0, Math.min(ms, until - Date.now())));
