/** Whether media of a track really comes in, from the statistics of its receiver. */
import * as z from 'zod';
import type { StatsSource } from '../ice/connectionQuality.ts';

export interface Arrival {
  readonly packets: number;
  /** Of a picture: how many were decoded, and how tall the last one was. */
  readonly frames: number;
  readonly height: number;
}

const inbound = z.object({
  type: z.literal('inbound-rtp'),
  packetsReceived: z.number(),
  framesDecoded: z.number().default(0),
  frameHeight: z.number().default(0),
});

export const nothingYet: Arrival = { packets: 0, frames: 0, height: 0 };

export async function arrivalOf(source: StatsSource): Promise<Arrival> {
  let arrival = nothingYet;
  (await source.getStats()).forEach((entry: unknown) => {
    const { data } = inbound.safeParse(entry);
    if (data === undefined) return;
    arrival = { packets: data.packetsReceived, frames: data.framesDecoded, height: data.frameHeight };
  });
  return arrival;
}

/** A tenth of a second of voice: the jitter buffer has enough to play on from. */
const enoughPackets = 5;
/** So long a new picture may take to grow as tall as the one before. */
const growWithinMs = 2_000;

export interface Taking {
  readonly kind: 'audio' | 'video';
  readonly now: Arrival;
  /** What arrives of the same track by the way that is to be given up. */
  readonly before: Arrival;
  /** Since the first of it arrived by the new way. */
  readonly sinceMs: number;
}

/** Nobody should see or hear that a track comes by another way from now on. */
export function isAsGood({ kind, now, before, sinceMs }: Taking): boolean {
  if (kind === 'audio') return now.packets >= enoughPackets;
  return now.frames > 0 && (now.height >= before.height || sinceMs >= growWithinMs);
}
