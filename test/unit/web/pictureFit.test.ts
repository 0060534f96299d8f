import { mayFill } from '../../../src/web/parts/pictureFit.ts';

const camera = { width: 1280, height: 720 };
const portrait = { width: 720, height: 1280 };
const square = { width: 640, height: 640 };

test.each([
  ['a camera in a wide place', camera, { width: 1000, height: 560 }, true],
  ['a camera of 4 : 3 in a wide place', { width: 640, height: 480 }, { width: 1000, height: 562 }, true],
  ['a portrait in a wide place', portrait, { width: 1000, height: 560 }, false],
  ['a portrait in a high place', portrait, { width: 360, height: 600 }, true],
  ['a camera in a high place', camera, { width: 360, height: 600 }, false],
  ['a square in a wide place', square, { width: 1000, height: 560 }, false],
  ['a picture that is not there yet', { width: 0, height: 0 }, { width: 1000, height: 560 }, true],
])('fills its place unless people would be cut off: %s', (_what, picture, place, fills) => {
  expect(mayFill(picture, place)).toBe(fills);
});
