/** Which layers a camera sends: the whole picture is always among those that browsers keep. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { layersFor, negotiatedLayers } from '../../../../src/client/media/simulcastLayers.ts';

/** What Chromium and Firefox keep of three layers; they drop those on top. */
const keptOf = (width: number, height: number): number => {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  if (long >= 960 && short >= 540) return 3;
  return long >= 480 && short >= 270 ? 2 : 1;
};

const sides = fc.integer({ min: 16, max: 4_096 });

test('of any camera the whole picture is sent, in a layer that browsers keep', () => {
  fc.assert(
    fc.property(sides, sides, (width, height) => {
      const layers = layersFor({ width, height });
      const active = layers.filter((layer) => layer.active);
      expect(layers).toHaveLength(negotiatedLayers);
      expect(active.length).toBeLessThanOrEqual(keptOf(width, height));
      expect(active.at(-1)?.scaleResolutionDownBy).toBe(1);
      // Inactive layers come last: a receiver counts layers from the smallest one.
      expect(layers.findIndex((layer) => !layer.active)).toBe(active.length < layers.length ? active.length : -1);
    }),
  );
});

test('each layer is twice as wide as the one below, and has no less bandwidth', () => {
  fc.assert(
    fc.property(sides, sides, (width, height) => {
      const active = layersFor({ width, height }).filter((layer) => layer.active);
      for (const [index, { scaleResolutionDownBy, maxBitrate }] of active.slice(1).entries()) {
        const below = active[index];
        expect(below?.scaleResolutionDownBy).toBe(2 * scaleResolutionDownBy);
        expect(below?.maxBitrate).toBeLessThanOrEqual(maxBitrate);
      }
    }),
  );
});

describe('a camera', () => {
  test.each([
    [1280, 720, [4, 2, 1]],
    [720, 1280, [4, 2, 1]],
    [640, 480, [2, 1]],
    [480, 640, [2, 1]],
    [320, 240, [1]],
  ] as const)('of %i × %i sends its picture reduced %j times', (width, height, scales) => {
    const active = layersFor({ width, height }).filter((layer) => layer.active);
    expect(active.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual(scales);
  });

  test('that is turned sends the same layers', () => {
    fc.assert(
      fc.property(sides, sides, (width, height) => {
        expect(layersFor({ width: height, height: width })).toEqual(layersFor({ width, height }));
      }),
    );
  });
});
