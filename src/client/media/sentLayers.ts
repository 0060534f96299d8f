/**
 * The simulcast layers of the camera, for the picture that it really gives. Browsers drop the top layers of a small picture
 * (Chromium: three layers from 960 × 540 on, two from 480 × 270 on), so those that are left must end in the full size.
 */

export interface PictureSize {
  /** Pixels; which of them is the longer does not matter. */
  readonly width: number;
  readonly height: number;
}

export interface SentLayer {
  readonly active: boolean;
  /** Times smaller than the picture, in each direction. */
  readonly scaleResolutionDownBy: number;
  /** Bits per second. */
  readonly maxBitrate: number;
}

/** How many layers are negotiated. */
export const negotiatedLayers = 3;

/** From these sizes on, longer by shorter side in pixels, a browser sends so many layers. */
const layersFrom = [
  { long: 960, short: 540, layers: 3 },
  { long: 480, short: 270, layers: 2 },
] as const;

/** Bits per second that a picture of at most so many pixels needs at 30 frames a second. */
const bitrates = [
  { pixels: 320 * 240, maxBitrate: 150_000 },
  { pixels: 640 * 360, maxBitrate: 500_000 },
  { pixels: 640 * 480, maxBitrate: 700_000 },
  { pixels: 960 * 540, maxBitrate: 1_200_000 },
] as const;
const highestBitrate = 2_000_000;

/** The smallest first. Layers that the browser would drop come last and are not active. */
export function layersFor({ width, height }: PictureSize): readonly SentLayer[] {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const sent = layersFrom.find((step) => long >= step.long && short >= step.short)?.layers ?? 1;
  return Array.from({ length: negotiatedLayers }, (_, layer) => {
    const active = layer < sent;
    const scaleResolutionDownBy = active ? 2 ** (sent - 1 - layer) : 1;
    return { active, scaleResolutionDownBy, maxBitrate: bitrateFor(width * height, scaleResolutionDownBy) };
  });
}

/** Until the size is known, and for the first picture: what a camera of 1280 × 720 sends. */
export const usualLayers = layersFor({ width: 1280, height: 720 });

function bitrateFor(pixels: number, scale: number): number {
  const sent = pixels / scale ** 2;
  return bitrates.find((step) => sent <= step.pixels)?.maxBitrate ?? highestBitrate;
}
