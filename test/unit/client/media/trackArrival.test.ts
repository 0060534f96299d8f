/** When a track that comes by a new session may take the place of the same by the old one. */
import { expect, test } from '@jest/globals';
import { isAsGood, nothingYet } from '../../../../src/client/media/trackArrival.ts';

const tall = { packets: 900, frames: 300, height: 720 };
const small = { packets: 9, frames: 2, height: 180 };

test('audio has arrived after a tenth of a second of it', () => {
  const of = (packets: number) =>
    isAsGood({ kind: 'audio', now: { ...nothingYet, packets }, before: tall, sinceMs: 50 });
  expect([0, 4, 5].map(of)).toEqual([false, false, true]);
});

test('video has arrived when a picture as tall as before is decoded', () => {
  const of = (now: typeof tall) => isAsGood({ kind: 'video', now, before: tall, sinceMs: 300 });
  expect(of({ ...nothingYet, packets: 20 })).toBe(false);
  expect(of(small)).toBe(false);
  expect(of({ ...small, height: 720 })).toBe(true);
  expect(isAsGood({ kind: 'video', now: small, before: nothingYet, sinceMs: 0 })).toBe(true);
});

test('a smaller picture also counts if the network gives no taller one within two seconds', () => {
  expect(isAsGood({ kind: 'video', now: small, before: tall, sinceMs: 2_000 })).toBe(true);
  expect(isAsGood({ kind: 'video', now: nothingYet, before: tall, sinceMs: 60_000 })).toBe(false);
});
