/** How each source is encoded, by codec. */
import { expect, test } from '@jest/globals';
import { produceOptions } from '../../../../src/client/media/codecs.ts';

test.each([
  ['video/VP8', 3],
  ['video/H264', 3],
  ['video/VP9', 1],
  ['video/AV1', 1],
])('a camera is sent as %s in %i encodings, of which only the smallest is sent at first', (codec, count) => {
  const { encodings = [] } = produceOptions('camera', codec);
  expect(encodings.map(({ active }) => active)).toEqual([true, false, false].slice(0, count));
  expect(encodings[0]?.scaleResolutionDownBy).toBe(4);
});

test('a screen has temporal layers in AV1 alone', () => {
  const modes = ['video/VP8', 'video/H264', 'video/VP9', 'video/AV1'].map(
    (codec) => produceOptions('screen', codec).encodings?.[0]?.scalabilityMode,
  );
  expect(modes).toEqual([undefined, undefined, undefined, 'L1T3']);
});
