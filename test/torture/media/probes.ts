/** What is read inside a page: lines and silence of what arrives, devices that are open, paths and slides. */
import type { Page } from 'playwright-core';

/** Lines of the other's camera, while it moves; 0 when it stands still. The best of a second and a half. */
export function cameraLines(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const frames = (video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames;
    const videos = () => [...document.querySelectorAll<HTMLVideoElement>('[data-testid="remote-video"]')];
    const before = new Map(videos().map((video) => [video, frames(video)]));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const moving = videos().filter((video) => frames(video) > (before.get(video) ?? 0));
    return Math.max(0, ...moving.map(({ videoHeight }) => videoHeight));
  });
}

interface Silence {
  /** Milliseconds of the longest silence since it is watched. */
  readonly longestMs: number;
  /** Something came within the last half second. */
  readonly isOver: boolean;
}

declare global {
  interface Window {
    silence: () => Silence;
    /** How often it was watched: the newest watch alone goes on. */
    silenceWatches: number | undefined;
  }
}

/** Looks for packets of media that arrive, from now on. */
export async function watchSilence(page: Page): Promise<() => Promise<Silence>> {
  await page.evaluate(() => {
    let [packets, lastAt, longestMs] = [-1, performance.now(), 0];
    const own = (window.silenceWatches ?? 0) + 1;
    window.silenceWatches = own;
    const look = async (): Promise<void> => {
      if (window.silenceWatches !== own) return;
      let now = 0;
      for (const connection of window.veilcastWatch.connections) {
        if (connection.connectionState === 'closed') continue;
        (await connection.getStats()).forEach((entry: RTCInboundRtpStreamStats) => {
          if (entry.type === 'inbound-rtp' && entry.mid !== 'probator') now += entry.packetsReceived ?? 0;
        });
      }
      const at = performance.now();
      if (now !== packets) [packets, lastAt] = [now, at];
      longestMs = Math.max(longestMs, at - lastAt);
      setTimeout(() => void look(), 50);
    };
    void look();
    window.silence = () => ({ longestMs, isOver: performance.now() - lastAt < 500 });
  });
  return () => page.evaluate(() => window.silence());
}

/** Kinds of devices that a connection of this page sends from. */
export function openDevices(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const open = window.veilcastWatch.connections
      .filter(({ connectionState }) => connectionState !== 'closed')
      .flatMap((connection) => connection.getSenders())
      .flatMap(({ track }) => (track?.readyState === 'live' && track.enabled ? [track] : []));
    // What is sent to make a way ready comes from no device.
    const devices = open.filter((track) => !('canvas' in track) && track.getSettings().deviceId !== undefined);
    return [...new Set(devices.map(({ kind }) => kind))];
  });
}

/** How often ICE was restarted, and how many sockets were opened, as far as this page shows it. */
export function fragments(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    window.veilcastWatch.connections
      .filter(({ connectionState }) => connectionState === 'connected')
      .map(({ remoteDescription }) => /a=ice-ufrag:(\S+)/.exec(remoteDescription?.sdp ?? '')?.[1] ?? ''),
  );
}

declare global {
  interface Window {
    banners: number;
  }
}

/** Counts how often the page says that its connection was interrupted, from now on. */
export async function watchBanners(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    let isShown = false;
    window.banners = 0;
    const look = (): void => {
      const now = document.querySelector('[data-testid="reconnecting"]') !== null;
      if (now && !isShown) window.banners += 1;
      isShown = now;
    };
    look();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });
  return () => page.evaluate(() => window.banners);
}
