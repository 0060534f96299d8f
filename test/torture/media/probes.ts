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
  }
}

/** Looks for packets of media that arrive, from now on. */
export async function watchSilence(page: Page): Promise<() => Promise<Silence>> {
  await page.evaluate(() => {
    let [packets, lastAt, longestMs] = [-1, performance.now(), 0];
    const look = async (): Promise<void> => {
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

export const slideSize = { width: 1280, height: 720 };
/** Squares of a slide that tell its number, in the top row. */
const bits = 8;

/** A page of text whose top row of squares tells its number. */
export async function openSlides(page: Page): Promise<void> {
  await page.setViewportSize(slideSize);
  await page.setContent(
    `<title>Slides</title><style>body{margin:0;font:16px serif;background:#fff;color:#000}
    #bits{display:flex;height:80px}#bits i{flex:1}p{margin:6px 12px}</style><div id="bits"></div><main></main>`,
  );
  await showSlide(page, 0);
}

export async function showSlide(page: Page, number: number): Promise<void> {
  await page.evaluate(
    ([shown, count]) => {
      const bar = document.querySelector('#bits');
      const main = document.querySelector('main');
      if (bar === null || main === null) throw new Error('no slide');
      bar.innerHTML = Array.from(
        { length: count },
        (_, bit) => `<i style="background:${(shown >> bit) & 1 ? '#000' : '#fff'}"></i>`,
      ).join('');
      const words = 'Everybody may read what stands here, also the small letters at the end of a line.';
      main.innerHTML = Array.from({ length: 18 }, (_, line) => `<p>${shown}.${line} ${words} ${words}</p>`).join('');
    },
    [number, bits] as const,
  );
}

/** The number of the slide that is seen; undefined when none is. */
export function seenSlide(page: Page): Promise<number | undefined> {
  return page.evaluate((count) => {
    const video = document.querySelector<HTMLVideoElement>('[data-testid="remote-screen"]');
    if (video === null || video.videoWidth === 0) return undefined;
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext('2d');
    if (context === null) return undefined;
    context.drawImage(video, 0, 0);
    const row = Math.round(video.videoHeight / 18);
    return Array.from({ length: count }, (_, bit) => {
      const [red = 255] = context.getImageData(Math.round(((bit + 0.5) * video.videoWidth) / count), row, 1, 1).data;
      return red < 128 ? 2 ** bit : 0;
    }).reduce((sum, value) => sum + value, 0);
  }, bits);
}

/** How alike the text that is seen is to the text that is shown: 1 the same, 0 nothing in common (correlation of pixels). */
export async function textLikeness(slides: Page, viewer: Page): Promise<number> {
  const shown = (await slides.screenshot({ type: 'png' })).toString('base64');
  return viewer.evaluate(
    async ([png, { width, height }]) => {
      const video = document.querySelector<HTMLVideoElement>('[data-testid="remote-screen"]');
      if (video === null) return 0;
      const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
      const pixels = (source: CanvasImageSource): readonly number[] => {
        const context = new OffscreenCanvas(width, height).getContext('2d');
        if (context === null) return [];
        context.drawImage(source, 0, 0, width, height);
        const { data } = context.getImageData(0, 100, width, height - 120);
        return Array.from({ length: data.length / 4 }, (_, at) => data[at * 4 + 1] ?? 0);
      };
      const [one, other] = [pixels(await createImageBitmap(new Blob([bytes]))), pixels(video)];
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const [oneMean, otherMean] = [mean(one), mean(other)];
      let [product, oneSquare, otherSquare] = [0, 0, 0];
      one.forEach((value, at) => {
        const [a, b] = [value - oneMean, (other[at] ?? 0) - otherMean];
        product += a * b;
        oneSquare += a * a;
        otherSquare += b * b;
      });
      return product / Math.sqrt(oneSquare * otherSquare || 1);
    },
    [shown, slideSize] as const,
  );
}
