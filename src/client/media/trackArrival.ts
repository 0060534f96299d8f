/** Whether media of a track really comes in, from the statistics of its receiver. */
import * as z from 'zod';
import type { StatsSource } from '../ice/connectionQuality.ts';

export interface Arrival {
  readonly packets: number;
  /** Video only: number of decoded frames, and height of the last one in pixels. */
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

/** A tenth of a second of speech, enough for the jitter buffer to play on. */
const enoughPackets = 5;
/** How long a new picture may take to become as tall as the previous one. */
const growWithinMs = 2_000;

export interface Taking {
  readonly kind: 'audio' | 'video';
  readonly now: Arrival;
  /** What arrives of this track on the old path. */
  readonly before: Arrival;
  /** Time since the first packet arrived on the new path. */
  readonly sinceMs: number;
}

/** True if nobody will notice the change to the new path. */
export function isAsGood({ kind, now, before, sinceMs }: Taking): boolean {
  if (kind === 'audio') return now.packets >= enoughPackets;
  return now.frames > 0 && (now.height >= before.height || sinceMs >= growWithinMs);
}
