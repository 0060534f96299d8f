/** What is read inside a page: lines and silence of what arrives, devices that are open, paths and slides. */
import type { Page } from 'playwright-core';

/**
 * Lines of the other's camera, while it moves; 0 when it stands still. The best of a second and a half. By what is decoded:
 * Firefox counts no frame of a video whose window is behind another one.
 */
export function cameraLines(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const decoded = async () => {
      const streams = await window.veilcastWatch.inbound();
      return new Map(streams.map(({ trackIdentifier, framesDecoded = 0 }) => [trackIdentifier, framesDecoded]));
    };
    const before = await decoded();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const now = await decoded();
    const videos = [...document.querySelectorAll<HTMLVideoElement>('[data-testid="remote-video"]')];
    const moving = videos.filter(({ srcObject }) => {
      const [id = ''] = srcObject instanceof MediaStream ? srcObject.getVideoTracks().map((track) => track.id) : [];
      return (now.get(id) ?? 0) > (before.get(id) ?? 0);
    });
    return Math.max(0, ...moving.map(({ videoHeight }) => videoHeight));
  });
}

export interface PictureRate {
  readonly framesPerSecond: number;
  readonly kilobitsPerSecond: number;
}

const rateOverMs = 2_000;

/** Of the liveliest video that arrives: a screen that stands still is none. */
export function pictureRate(page: Page): Promise<PictureRate> {
  return page.evaluate(async (overMs) => {
    const read = async () => {
      const streams = (await window.veilcastWatch.inbound()).filter(({ kind }) => kind === 'video');
      return new Map(
        streams.map(({ id, framesDecoded, bytesReceived }) => [
          id,
          { frames: framesDecoded ?? 0, bytes: bytesReceived ?? 0 },
        ]),
      );
    };
    const [before, since] = [await read(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, overMs));
    const [now, seconds] = [await read(), (performance.now() - since) / 1_000];
    const rates = [...now].map(([id, { frames, bytes }]) => ({
      framesPerSecond: (frames - (before.get(id)?.frames ?? 0)) / seconds,
      kilobitsPerSecond: ((bytes - (before.get(id)?.bytes ?? 0)) * 8) / 1_000 / seconds,
    }));
    const none = { framesPerSecond: 0, kilobitsPerSecond: 0 };
    return rates.reduce((best, one) => (one.framesPerSecond > best.framesPerSecond ? one : best), none);
  }, rateOverMs);
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
    /** How often it was watched: the newest watch alone continues. */
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
      const streams = await window.veilcastWatch.inbound();
      const now = streams.reduce((sum, { packetsReceived = 0 }) => sum + packetsReceived, 0);
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
