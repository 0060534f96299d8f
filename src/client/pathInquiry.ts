/**
 * Asks ICE whether a path is dead or only quiet. That no media comes is no proof: a screen may stand still, or the one who
 * speaks may have lost their network. Browsers ask the server again and again whether they may still send (RFC 7675), and
 * sooner when nothing comes: its answers are looked for.
 */
import * as z from 'zod';
import { wait } from './backoff.ts';
import type { StatsSource } from './connectionQuality.ts';

const lookEveryMs = 200;
/** Browsers ask every 2.5 s (Chromium) to 6 s (the most that RFC 7675 allows). */
const mostMs = 6_500;
/** Questions without an answer. One may be lost. */
const unanswered = 3;

const count = z.number().default(0);
/** What one engine does not count another does; the same packet may be counted twice, which does no harm. */
const counted = z.object({
  type: z.enum(['candidate-pair', 'transport', 'inbound-rtp', 'remote-inbound-rtp']),
  packetsReceived: count,
  bytesReceived: count,
  responsesReceived: count,
  requestsSent: count,
});

interface Counts {
  readonly received: number;
  readonly asked: number;
}

export interface PathInquiryOptions {
  readonly transport: StatsSource;
  /** Nobody wants to know any more. */
  readonly isOver: () => boolean;
}

export async function isPathDead({ transport, isOver }: PathInquiryOptions): Promise<boolean> {
  const before = await countsOf(transport);
  for (let waited = 0; waited < mostMs; waited += lookEveryMs) {
    await wait(lookEveryMs);
    if (isOver()) return false;
    const now = await countsOf(transport);
    if (now.received !== before.received) return false;
    if (now.asked - before.asked >= unanswered) return true;
  }
  return true;
}

async function countsOf(transport: StatsSource): Promise<Counts> {
  let [received, asked] = [0, 0];
  const report = await transport.getStats().catch(() => undefined);
  report?.forEach((entry: unknown) => {
    const { data } = counted.safeParse(entry);
    if (data === undefined) return;
    received += data.packetsReceived + data.bytesReceived + data.responsesReceived;
    asked += data.requestsSent;
  });
  return { received, asked };
}
