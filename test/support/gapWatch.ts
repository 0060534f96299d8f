/** Measures inside a page the longest time in which nothing new of the other side was heard or seen. */
import type { Page } from 'playwright-core';

export interface Gaps {
  /** The longest time in which the track that plays gave no sample that had arrived: concealed ones do not count. */
  readonly soundMs: number;
  /** The longest time between two frames that were shown. */
  readonly pictureMs: number;
  readonly shown: number;
  /** How often another element than before played the other side. */
  readonly elements: number;
  /** How often it was read, and the longest time between two readings: gaps are known no finer than that. */
  readonly looks: number;
  readonly coarsestMs: number;
}

declare global {
  interface Window {
    gapWatch: { stop(): Gaps };
  }
}

/** From now on; the page must have been opened with `instrument`, and the other side be seen and heard. */
export async function startGapWatch(page: Page): Promise<() => Promise<Gaps>> {
  await page.evaluate(watchGaps);
  return () => page.evaluate(() => window.gapWatch.stop());
}

function watchGaps(): void {
  const everyMs = 20;
  const sound = { lastAt: performance.now(), worst: 0, good: new Map<string, number>() };
  const picture = { lastAt: performance.now(), worst: 0, shown: 0 };
  const looking = { looks: 0, lastAt: performance.now(), worst: 0, running: true };
  const elements = new Set<Element>();

  const watchVideo = (video: HTMLVideoElement): void => {
    const next = (at: number): void => {
      picture.worst = Math.max(picture.worst, at - picture.lastAt);
      picture.lastAt = at;
      picture.shown += 1;
      if (looking.running) video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  };
  const playing = (): Set<string> => {
    const tracks = new Set<string>();
    for (const element of document.querySelectorAll('[data-testid="remote-audio"], [data-testid="remote-video"]')) {
      if (!elements.has(element) && element instanceof HTMLVideoElement) watchVideo(element);
      elements.add(element);
      if (!(element instanceof HTMLAudioElement) || !(element.srcObject instanceof MediaStream)) continue;
      for (const { id } of element.srcObject.getAudioTracks()) tracks.add(id);
    }
    return tracks;
  };
  const look = async (): Promise<void> => {
    const heard = playing();
    const receivers = window.veilcastWatch.connections
      .filter(({ connectionState }) => connectionState !== 'closed')
      .flatMap((connection) => connection.getReceivers())
      .filter(({ track }) => track.kind === 'audio');
    const reports = await Promise.all(receivers.map((one) => one.getStats().then((stats) => ({ one, stats }))));
    const now = performance.now();
    for (const { one, stats } of reports) {
      stats.forEach((entry: RTCInboundRtpStreamStats) => {
        if (entry.type !== 'inbound-rtp') return;
        const total = entry.totalSamplesReceived ?? 0;
        const good = total - (entry.concealedSamples ?? 0);
        const before = sound.good.get(one.track.id);
        sound.good.set(one.track.id, good);
        if (!heard.has(one.track.id) || before === undefined || good <= before) return;
        sound.worst = Math.max(sound.worst, now - sound.lastAt);
        sound.lastAt = now;
      });
    }
    looking.looks += 1;
    looking.worst = Math.max(looking.worst, now - looking.lastAt);
    looking.lastAt = now;
  };
  const loop = (): void => {
    if (looking.running) void look().finally(() => setTimeout(loop, everyMs));
  };
  loop();
  window.gapWatch = {
    stop: () => {
      looking.running = false;
      const now = performance.now();
      return {
        soundMs: Math.max(sound.worst, now - sound.lastAt),
        pictureMs: Math.max(picture.worst, now - picture.lastAt),
        shown: picture.shown,
        elements: elements.size,
        looks: looking.looks,
        coarsestMs: looking.worst,
      };
    },
  };
}
