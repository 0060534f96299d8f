/** A scenario that measured nothing must not look like one that went well. */
import { describe, expect, test } from '@jest/globals';
import { outcomeOf, whyFailed } from '../../torture/media/judge.ts';
import type { Played } from '../../torture/media/judge.ts';
import type { Figure, Figures } from '../../torture/media/scenario.ts';

test.each<[string, Figures, readonly Figure[], string | undefined]>([
  ['a whole picture', { heightKept: 1 }, ['heightKept'], undefined],
  ['a smaller picture', { heightKept: 0.94 }, ['heightKept'], 'the picture is smaller'],
  ['a whole picture that moves', { heightKept: 1, framesKept: 0.34, bitsKept: 3 }, ['heightKept'], undefined],
  ['a picture with few frames', { framesKept: 0.33, bitsKept: 1 }, ['framesKept'], 'the picture moves less'],
  ['a picture of few bits', { framesKept: 1, bitsKept: 0.33 }, ['bitsKept'], 'the picture moves less'],
  ['slides in time', { slideMs: [1_500, 200], likeness: 0.9 }, ['slideMs', 'likeness'], undefined],
  ['a late slide', { slideMs: [1_501], likeness: 0.9 }, ['slideMs'], 'a slide is late'],
  ['no slide', { slideMs: [], likeness: 0.9 }, ['slideMs', 'likeness'], 'nothing was measured: slideMs'],
  ['unreadable text', { slideMs: [1], likeness: 0.79 }, ['likeness'], 'the text cannot be read'],
  ['a likeness that is no number', { slideMs: [1], likeness: NaN }, ['likeness'], 'nothing was measured: likeness'],
  ['nothing', {}, ['backMs', 'banners'], 'nothing was measured: backMs, banners'],
  ['a long silence', { backMs: [3_001] }, ['backMs'], 'the silence is long'],
  ['a banner', { backMs: [90], banners: 1 }, ['banners'], 'a call that carries is told to be interrupted'],
  ['an open device', { opened: 1, reopened: 1 }, ['opened', 'reopened'], 'a device is open that was not'],
  ['devices that stay closed', { opened: 0, reopened: 0 }, ['opened', 'reopened'], undefined],
  ['a restart', { restarts: 1 }, ['restarts'], 'ICE was restarted for nothing'],
])('judges %s', (_, figures, measures, failure) => {
  expect(whyFailed(figures, measures)).toBe(failure);
});

describe('the summary', () => {
  const played = (engine: 'chromium' | 'firefox', figures: Figures, failure?: string): Played => ({
    name: 'one',
    engine,
    figures,
    failure,
  });

  test('is null for what was not measured', () => {
    expect(outcomeOf([played('firefox', {}, 'the page is gone')], ['firefox'])).toEqual({
      scenarios: 1,
      failed: 1,
      engines: ['firefox'],
      heightKept: { min: null },
      slideMs: { p95: null },
      backMs: { firefox: { p95: null } },
      opened: 0,
      reopened: 0,
    });
  });

  test('takes the smallest picture, late slides, and the silence of each engine', () => {
    const all = [
      played('chromium', { heightKept: 0.375 }, 'the picture is smaller'),
      played('chromium', { backMs: [900] }),
      played('firefox', { backMs: [15_000] }, 'the silence is long'),
      played('firefox', { slideMs: [40, 1_200] }),
      played('firefox', { opened: 2, reopened: 1 }, 'a device is open that was not'),
    ];
    expect(outcomeOf(all, ['chromium', 'firefox'])).toEqual({
      scenarios: 5,
      failed: 3,
      engines: ['chromium', 'firefox'],
      heightKept: { min: 0.38 },
      slideMs: { p95: 1_200 },
      backMs: { chromium: { p95: 900 }, firefox: { p95: 15_000 } },
      opened: 2,
      reopened: 1,
    });
  });
});
