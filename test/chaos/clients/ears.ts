/**
 * What a device hears of each speaker, over all its sessions: when something came, and what never came. Every packet says
 * when it was spoken. Times in which this very process stood still are no silence of the servers.
 */
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import { now, loopStalls } from './loopStalls.ts';
import type { LoopStalls } from './loopStalls.ts';

export { now };

export interface Silence {
  /** When the last packet before it came, and the first after it: milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** How long it was, less what this process stood still. */
  readonly ms: number;
}
/** One listener's line to one speaker in one call. */
export interface Ear {
  readonly callId: string;
  readonly listener: string;
  readonly speaker: string;
  packets: number;
  firstAt: number;
  lastAt: number;
  /** Speech that was never heard. */
  missedMs: number;
  /** How long packets took from mouth to ear, all together and at most. */
  wayMs: number;
  longestWayMs: number;
  /** Longer ones than anybody would call a hiccup of the network. */
  readonly silences: Silence[];
}

const packetMs = 20;
/** Shorter ones are not kept. */
const worthKeepingMs = 60;
const payloadBytes = 60;

/** One packet of speech. */
export function say(): Buffer {
  const payload = Buffer.alloc(payloadBytes, 0x55);
  payload.writeDoubleBE(now(), 0);
  return payload;
}

interface Line {
  readonly ear: Ear;
  /** When the newest packet that was heard had been spoken. */
  spokenAt: number;
}

export class Ears {
  readonly #lines = new Map<string, Line>();
  readonly #listener: string;

  constructor(listener: string) {
    this.#listener = listener;
  }

  hear(callId: string, { userId, kind }: Subscription, payload: Buffer): void {
    if (kind !== 'audio' || payload.length < 8) return;
    const at = now();
    const spokenAt = payload.readDoubleBE(0);
    const key = `${callId} ${userId}`;
    const line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, this.#begin(callId, userId, { at, spokenAt }));
    else heard(line, { at, spokenAt });
  }

  of(callId: string): readonly Ear[] {
    return this.all().filter((ear) => ear.callId === callId);
  }

  all(): readonly Ear[] {
    return [...this.#lines.values()].map(({ ear }) => ear);
  }

  get packets(): number {
    let sum = 0;
    for (const { ear } of this.#lines.values()) sum += ear.packets;
    return sum;
  }

  /** Of a call that is over. */
  forget(callId: string): void {
    for (const [key, { ear }] of this.#lines) if (ear.callId === callId) this.#lines.delete(key);
  }

  #begin(callId: string, speaker: string, { at, spokenAt }: { at: number; spokenAt: number }): Line {
    const ear: Ear = {
      callId,
      listener: this.#listener,
      speaker,
      packets: 1,
      firstAt: at,
      lastAt: at,
      missedMs: 0,
      wayMs: at - spokenAt,
      longestWayMs: at - spokenAt,
      silences: [],
    };
    return { ear, spokenAt };
  }
}

interface Come {
  readonly at: number;
  readonly spokenAt: number;
}

export function heard(line: Line, { at, spokenAt }: Come, still: Pick<LoopStalls, 'stalledMs'> = loopStalls): void {
  const { ear } = line;
  const quiet = at - ear.lastAt;
  if (quiet >= worthKeepingMs) {
    const ms = quiet - still.stalledMs(ear.lastAt, at);
    if (ms >= worthKeepingMs) ear.silences.push({ from: ear.lastAt, to: at, ms });
  }
  // During a move the same speech comes twice: what is older than the newest was not missed.
  const leap = spokenAt - line.spokenAt - packetMs;
  if (leap > packetMs) {
    const missed = leap - still.stalledMs(line.spokenAt, spokenAt);
    if (missed > packetMs / 2) ear.missedMs += missed;
  }
  ear.packets += 1;
  ear.lastAt = at;
  ear.wayMs += at - spokenAt;
  ear.longestWayMs = Math.max(ear.longestWayMs, at - spokenAt);
  line.spokenAt = Math.max(line.spokenAt, spokenAt);
}
