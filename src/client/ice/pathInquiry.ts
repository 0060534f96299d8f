/**
 * Asks ICE whether a path is dead or only quiet. Missing media is no proof: a screen may stand still, or the speaker
 * may have lost their network. Browsers keep sending consent checks to the server (RFC 7675), and send them sooner when
 * nothing arrives. This looks for the responses.
 */
import * as z from 'zod';
import { Arrivals } from './pathArrivals.ts';
import { wait } from '../../support/wait.ts';
import type { StatsSource } from './connectionQuality.ts';

const lookEveryMs = 200;
/** Browsers check every 2.5 s (Chromium) to 6 s (the maximum in RFC 7675). */
const maxMs = 6_500;
/** Checks without a response. A single one may be lost. */
const unanswered = 3;

const question = z.object({ type: z.literal('candidate-pair'), requestsSent: z.number().default(0) });

export interface PathInquiryOptions {
  readonly transport: StatsSource;
  /** The result is not needed any more. */
  readonly isOver: () => boolean;
}

export async function isPathDead({ transport, isOver }: PathInquiryOptions): Promise<boolean> {
  const arrivals = new Arrivals();
  const look = async () => {
    const report = await transport.getStats().catch(() => undefined);
    if (report === undefined) return { hasCome: false, asked: 0 };
    return { hasCome: arrivals.look(report) === 'something', asked: askedIn(report) };
  };
  const { asked } = await look();
  for (let waited = 0; waited < maxMs; waited += lookEveryMs) {
    await wait(lookEveryMs);
    if (isOver()) return false;
    const now = await look();
    if (now.hasCome) return false;
    if (now.asked - asked >= unanswered) return true;
  }
  return true;
}

function askedIn(report: RTCStatsReport): number {
  let asked = 0;
  report.forEach((entry: unknown) => {
    asked += question.safeParse(entry).data?.requestsSent ?? 0;
  });
  return asked;
}
