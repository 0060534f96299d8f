/**
 * The simulcast layers for the real size of the camera's picture. Browsers drop the top layers of a small picture
 * (Chromium: three layers from 960 × 540, two from 480 × 270), so the layers that remain must end in the full size.
 */

export interface PictureSize {
  /** Pixels. Either side may be the longer one. */
  readonly width: number;
  readonly height: number;
}

export interface SentLayer {
  readonly active: boolean;
  /** How many times smaller than the picture, in each direction. */
  readonly scaleResolutionDownBy: number;
  /** Bits per second. */
  readonly maxBitrate: number;
}

/** How many layers are negotiated. */
export const negotiatedLayers = 3;

/** From these sizes on, a browser sends this many layers. `long` and `short` are the sides in pixels. */
const layersFrom = [
  { long: 960, short: 540, layers: 3 },
  { long: 480, short: 270, layers: 2 },
] as const;

/** Bits per second for a picture of up to this many pixels, at 30 frames a second. */
const bitrates = [
  { pixels: 320 * 240, maxBitrate: 150_000 },
  { pixels: 640 * 360, maxBitrate: 500_000 },
  { pixels: 640 * 480, maxBitrate: 700_000 },
  { pixels: 960 * 540, maxBitrate: 1_200_000 },
] as const;
const highestBitrate = 2_000_000;

/** Smallest layer first. Layers that the browser would drop come last and are inactive. */
export function layersFor({ width, height }: PictureSize): readonly SentLayer[] {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const sent = layersFrom.find((step) => long >= step.long && short >= step.short)?.layers ?? 1;
  return Array.from({ length: negotiatedLayers }, (_, layer) => {
    const active = layer < sent;
    const scaleResolutionDownBy = active ? 2 ** (sent - 1 - layer) : 1;
    return { active, scaleResolutionDownBy, maxBitrate: bitrateFor(width * height, scaleResolutionDownBy) };
  });
}

/** The layers of a 1280 × 720 camera. Used for the first picture, and until the size is known. */
export const usualLayers = layersFor({ width: 1280, height: 720 });

function bitrateFor(pixels: number, scale: number): number {
  const sent = pixels / scale ** 2;
  return bitrates.find((step) => sent <= step.pixels)?.maxBitrate ?? highestBitrate;
}
