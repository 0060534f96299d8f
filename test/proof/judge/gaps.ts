/** How long media stood still at a page: the longest time without a new picture, and without a new packet of sound. */
import type { Page } from 'playwright-core';

export interface Gaps {
  readonly pictureMs: number;
  readonly soundMs: number;
  /** The longest time between two looks: gaps are known no finer than that. */
  readonly coarsestMs: number;
}

interface GapWatch {
  stop(): Promise<Gaps>;
}

declare global {
  interface Window {
    veilcastGaps: { stopped: boolean; pictureMs: number; soundMs: number; coarsestMs: number };
  }
}

/** Looks every 40 ms from now on; what still stands at the end counts, too. */
export async function watchGaps(page: Page): Promise<GapWatch> {
  await page.evaluate(() => {
    const gaps = { stopped: false, pictureMs: 0, soundMs: 0, coarsestMs: 0 };
    window.veilcastGaps = gaps;
    const began = performance.now();
    const last = { frames: -1, packets: -1, framesAt: began, packetsAt: began, lookedAt: began };
    const read = async () => {
      const seen = { frames: 0, packets: 0 };
      for (const connection of window.veilcastWatch.connections) {
        if (connection.connectionState === 'closed') continue;
        (await connection.getStats()).forEach((entry: RTCInboundRtpStreamStats) => {
          if (entry.type !== 'inbound-rtp' || entry.mid === 'probator') return;
          if (entry.kind === 'video') seen.frames += entry.framesDecoded ?? 0;
          else seen.packets += entry.packetsReceived ?? 0;
        });
      }
      return seen;
    };
    const look = async () => {
      const seen = await read();
      const now = performance.now();
      gaps.pictureMs = Math.max(gaps.pictureMs, now - last.framesAt);
      gaps.soundMs = Math.max(gaps.soundMs, now - last.packetsAt);
      gaps.coarsestMs = Math.max(gaps.coarsestMs, now - last.lookedAt);
      last.lookedAt = now;
      if (seen.frames !== last.frames) Object.assign(last, { frames: seen.frames, framesAt: now });
      if (seen.packets !== last.packets) Object.assign(last, { packets: seen.packets, packetsAt: now });
      if (!gaps.stopped) setTimeout(() => void look(), 40);
    };
    void look();
  });
  return {
    stop: () =>
      page.evaluate(() => {
        window.veilcastGaps.stopped = true;
        const { pictureMs, soundMs, coarsestMs } = window.veilcastGaps;
        return { pictureMs, soundMs, coarsestMs };
      }),
  };
}

export interface ChosenPath {
  /** The server's. */
  readonly address: string;
  readonly protocol: string;
  /** How the relay in between is spoken to; empty where there is none. */
  readonly relayProtocol: string;
}

/** Where the media of this page's open connections goes: the chosen pairs. */
export function chosenPaths(page: Page): Promise<readonly ChosenPath[]> {
  return page.evaluate(async () => {
    const found: ChosenPath[] = [];
    for (const connection of window.veilcastWatch.connections) {
      if (connection.connectionState !== 'connected') continue;
      const entries = new Map<string, Record<string, unknown>>();
      (await connection.getStats()).forEach((entry: Record<string, unknown>, id: string) => entries.set(id, entry));
      for (const { type, selectedCandidatePairId } of entries.values()) {
        if (type !== 'transport') continue;
        const pair = entries.get(String(selectedCandidatePairId));
        const remote = entries.get(String(pair?.['remoteCandidateId']));
        const local = entries.get(String(pair?.['localCandidateId']));
        const isRelay = local?.['candidateType'] === 'relay';
        found.push({
          address: String(remote?.['address']),
          protocol: String(remote?.['protocol']),
          relayProtocol: isRelay ? String(local['relayProtocol']) : '',
        });
      }
    }
    return found;
  });
}
