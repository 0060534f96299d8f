/** Slides that are shared: still until the next one, each with a number that can be told from its picture. */
import type { Page } from 'playwright-core';

export interface Slides {
  show(number: number): Promise<void>;
  /** What is shown, a PNG in Base64. */
  picture(): Promise<string>;
}

export const slideSize = { width: 1280, height: 720 };
/** Squares of a slide that tell its number, in the top row. */
const bits = 8;

/** A page of text whose top row of squares tells its number. */
export async function openSlides(page: Page, size = slideSize): Promise<Slides> {
  await page.setViewportSize(size);
  await page.setContent(
    `<title>Slides</title><style>body{margin:0;font:16px serif;background:#fff;color:#000}
    #bits{display:flex;height:11.1vh}#bits i{flex:1}p{margin:6px 12px}</style><div id="bits"></div><main></main>`,
  );
  const slides: Slides = {
    show: (number) => showOnPage(page, number),
    picture: async () => (await page.screenshot({ type: 'png' })).toString('base64'),
  };
  await slides.show(0);
  return slides;
}

async function showOnPage(page: Page, number: number): Promise<void> {
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

declare global {
  interface Window {
    slideCanvas: HTMLCanvasElement | undefined;
  }
}

/**
 * For a browser whose picker of screens nobody can answer: runs in the page before anything else of it. A canvas that is drawn
 * when the slide changes is as still as a screen.
 */
export function shareCanvas(): void {
  if (parent !== window || !isSecureContext) return;
  navigator.mediaDevices.getDisplayMedia = () => {
    window.slideCanvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    window.slideCanvas.getContext('2d')?.fillRect(0, 0, 1280, 720);
    return Promise.resolve(window.slideCanvas.captureStream());
  };
}

/** Slides on that canvas. `sharer` answers the page that shares now. */
export function canvasSlides(sharer: () => Page): Slides {
  return {
    show: (number) => drawOnCanvas(sharer(), number),
    picture: () => sharer().evaluate(() => window.slideCanvas?.toDataURL('image/png').split(',')[1] ?? ''),
  };
}

async function drawOnCanvas(page: Page, number: number): Promise<void> {
  await page.evaluate(
    ([shown, count, { width, height }]) => {
      const context = window.slideCanvas?.getContext('2d') ?? undefined;
      if (context === undefined) throw new Error('no slide');
      context.fillStyle = '#fff';
      context.fillRect(0, 0, width, height);
      context.fillStyle = '#000';
      const square = width / count;
      for (let bit = 0; bit < count; bit += 1) if ((shown >> bit) & 1) context.fillRect(bit * square, 0, square, 80);
      context.font = '16px serif';
      const words = 'Everybody may read what stands here, also the small letters at the end of a line.';
      for (let line = 0; line < 18; line += 1)
        context.fillText(`${shown}.${line} ${words} ${words}`, 12, 110 + 30 * line);
    },
    [number, bits, slideSize] as const,
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
export function textLikeness(shown: string, viewer: Page): Promise<number> {
  return viewer.evaluate(async (png) => {
    const video = document.querySelector<HTMLVideoElement>('[data-testid="remote-screen"]');
    if (video === null) return 0;
    const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const { width, height } = picture;
    // The squares are not text.
    const top = Math.round(height / 7);
    const pixels = (source: CanvasImageSource): readonly number[] => {
      const context = new OffscreenCanvas(width, height).getContext('2d');
      if (context === null) return [];
      context.drawImage(source, 0, 0, width, height);
      const { data } = context.getImageData(0, top, width, height - top);
      return Array.from({ length: data.length / 4 }, (_, at) => data[at * 4 + 1] ?? 0);
    };
    const [one, other] = [pixels(picture), pixels(video)];
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
  }, shown);
}
