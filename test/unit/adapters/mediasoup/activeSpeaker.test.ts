import { activeSpeaker } from '../../../../src/adapters/mediasoup/broadcast/speakers.ts';

const heard = (levels: Readonly<Record<string, number>>) =>
  Object.entries(levels).map(([userId, dBov]) => ({ userId, dBov }));

test.each([
  { names: 'nobody, when nobody is heard', levels: {}, active: null },
  { names: 'nobody in a room with noise', levels: { ann: -53 }, dominant: 'ann', active: null },
  { names: 'somebody who speaks quietly', levels: { ann: -44 }, active: 'ann' },
  { names: 'the dominant one of two who speak', levels: { ann: -20, bob: -30 }, dominant: 'bob', active: 'bob' },
  {
    names: 'who speaks rather than a dominant one who is quiet',
    levels: { ann: -20, bob: -53 },
    dominant: 'bob',
    before: 'bob',
    active: 'ann',
  },
  { names: 'the one of before, between two words', levels: { ann: -48 }, before: 'ann', active: 'ann' },
  { names: 'the one of before no more, when only the room is left', levels: { ann: -53 }, before: 'ann', active: null },
])('names $names', ({ levels, dominant, before = null, active }) => {
  expect(activeSpeaker(heard(levels), dominant, before)).toBe(active);
});
