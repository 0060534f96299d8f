/** Sources with few frames: each change of what is shown is seen, and its text can be read. */
import type { Page } from 'playwright-core';
import { fragments } from '../probes.ts';
import { seenSlide, textLikeness } from '../../../support/browser/slides.ts';
import type { Figures, Scenario } from '../scenario.ts';
import type { MediaStage, Name } from '../stage.ts';

export async function share(stage: MediaStage): Promise<void> {
  await stage.click('alice', 'share-screen');
  await stage.page('bob').getByTestId('remote-screen').first().waitFor();
}

/** How often a slide is changed, and after how long: the p95 of fewer would be the worst of them. */
const changes = 20;
const slideEveryMs = 3_000;
const latestMs = 10_000;

async function changeSlides(stage: MediaStage, first: number, viewers: readonly Name[] = ['bob']): Promise<Figures> {
  const { slides } = stage;
  const pages = viewers.map((name) => stage.page(name));
  const slideMs: number[] = [];
  for (let number = first; number < first + changes; number += 1) {
    await stage.page('bob').waitForTimeout(slideEveryMs);
    const changedAt = Date.now();
    await slides.show(number);
    slideMs.push(...(await Promise.all(pages.map((page) => untilSeen(page, number, changedAt)))));
  }
  await stage.page('bob').waitForTimeout(2_000);
  const shown = await slides.picture();
  return { slideMs, likeness: Math.min(...(await Promise.all(pages.map((page) => textLikeness(shown, page))))) };
}

async function untilSeen(page: Page, number: number, changedAt: number): Promise<number> {
  while ((await seenSlide(page)) !== number && Date.now() - changedAt < latestMs) await page.waitForTimeout(30);
  return Date.now() - changedAt;
}

async function comesIn(stage: MediaStage): Promise<void> {
  await stage.onCall('alice', (call) => call.invite(['carol']));
  await stage.click('carol', 'accept');
  await stage.page('carol').getByTestId('remote-screen').first().waitFor();
}

function slides(
  name: string,
  prepare: (stage: MediaStage) => Promise<unknown>,
  more: Partial<Scenario> = {},
): Scenario {
  return {
    name: `slides: ${name}`,
    measures: ['slideMs', 'likeness'],
    ...more,
    play: async (stage) => {
      await stage.call();
      await share(stage);
      await prepare(stage);
      return changeSlides(stage, 1);
    },
  };
}

export const screens: readonly Scenario[] = [
  slides('a tab is shared', () => Promise.resolve()),
  {
    name: 'slides: somebody joins between two',
    measures: ['slideMs', 'likeness'],
    play: async (stage) => {
      await stage.call();
      await share(stage);
      await stage.page('bob').waitForTimeout(slideEveryMs);
      await comesIn(stage);
      return changeSlides(stage, 21, ['bob', 'carol']);
    },
  },
  slides('one packet of twenty is lost', (stage) => stage.packets.lose(5)),
  slides('the tab is covered by another', (stage) => stage.coverSlides(), {
    notInFirefox: 'what is shared there is a canvas of the page itself',
  }),
  {
    name: 'slides: sent as AV1',
    measures: ['slideMs', 'likeness'],
    notInFirefox: 'it sends AV1 without the dependency descriptor that mediasoup needs',
    play: async (stage) => {
      await stage.knowsOnly('video/AV1');
      try {
        await stage.call('accept-audio');
        await stage.click('alice', 'toggle-camera');
        await share(stage);
        await stage.page('bob').waitForTimeout(slideEveryMs);
        await comesIn(stage);
        return await changeSlides(stage, 41, ['bob', 'carol']);
      } finally {
        await stage.knowsOnly(undefined);
      }
    },
  },
  {
    name: 'quiet: a screen stands still for one without devices',
    measures: ['restarts'],
    play: async (stage) => {
      await stage.call('accept-audio');
      for (const testId of ['toggle-mic', 'toggle-camera']) await stage.click('alice', testId);
      await stage.click('bob', 'toggle-mic');
      await share(stage);
      const before = await fragments(stage.page('bob'));
      for (let number = 61; number < 65; number += 1) {
        await stage.slides.show(number);
        await stage.page('bob').waitForTimeout(slideEveryMs);
      }
      const after = await fragments(stage.page('bob'));
      return { restarts: after.filter((fragment) => !before.includes(fragment)).length };
    },
  },
];
