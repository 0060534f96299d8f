/** A shared tab of small text that stands still between its slides: everybody sees each of them, and can read it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import { iceFragments, instrument } from '../support/browser/pageWatch.ts';
import { startDelayLine } from '../support/networks/delayLine.ts';
import type { DelayLine } from '../support/networks/delayLine.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { openSlides, seenSlide, textLikeness } from '../support/browser/slides.ts';
import type { Slides } from '../support/browser/slides.ts';
import { waitFor } from '../support/waitFor.ts';

/** Clients are told this address, where packets can be lost on the way. */
const near = '127.0.0.2';

/** Small enough for a machine with much else to do, and for the screen of who shares: browsers make larger ones smaller. */
const slideSize = { width: 800, height: 450 };

let redis: TestRedis;
let server: ServerProcess;
let line: DelayLine;
let browser: Browser;
let slides: Slides;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({
    redisUrl: redis.url,
    readyWithinMs: 90_000,
    environment: { VEILCAST_MEDIA_ANNOUNCED_ADDRESSES: near },
  });
  line = await startDelayLine({ near, far: '127.0.0.1', oneWayMs: 0, tcpPorts: [], udpPorts: server.mediaPorts });
  browser = await launchBrowser({ sharedTab: 'Slides' });
  slides = await openSlides(await (await browser.newContext()).newPage(), slideSize);
  const open = async (as: string) => {
    const person = await openPerson({ url: server.url, as, browser, prelude: instrument });
    await switchCallingOn(person);
    return person;
  };
  [alice, bob, carol] = await Promise.all([open('alice'), open('bob'), open('carol')]);
  // Pictures of cameras would only make the machine slower. Nobody speaks: between two slides nothing comes at all.
  await at(alice, 'call-audio-bob').click();
  await at(bob, 'accept').click();
  for (const person of [alice, bob]) await at(person, 'toggle-mic').click();
  await at(alice, 'share-screen').click();
  await at(bob, 'remote-screen').waitFor();
}, 240_000);

afterAll(async () => {
  await browser.close();
  line.stop();
  await server.stop();
  await redis.stop();
}, 60_000);

const at = ({ page }: Person, testId: string) => page.getByTestId(testId);

const stillMs = 3_000;
/** A slide that waits for a layer comes after six seconds, or never. Tight bounds are for calm machines: `npm run torture:media`. */
const usuallyWithinMs = 4_000;
const seenWithinMs = 20_000;

let shown = 0;

/** How long each viewer waited for the next slide, after everybody had looked at the last one. */
async function nextSlide(viewers: readonly Person[]): Promise<readonly number[]> {
  await alice.page.waitForTimeout(stillMs);
  shown += 1;
  const number = shown;
  const changedAt = Date.now();
  await slides.show(number);
  return Promise.all(
    viewers.map(async ({ page }) => {
      await untilSeen(page, number);
      return Date.now() - changedAt;
    }),
  );
}

async function untilSeen(page: Page, number: number): Promise<void> {
  const isSeen = async () => (await seenSlide(page)) === number;
  await waitFor(`slide ${number} at ${page.url()}`, isSeen, { withinMs: seenWithinMs, everyMs: 50 });
}

async function seesEach(viewers: readonly Person[]): Promise<void> {
  const waited = [...(await nextSlide(viewers)), ...(await nextSlide(viewers)), ...(await nextSlide(viewers))];
  const sorted = [...waited].sort((one, other) => one - other);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(usuallyWithinMs);
}

async function canRead({ page }: Person): Promise<void> {
  const picture = await slides.picture();
  // Letters that run together have less in common with it.
  await waitFor('text that can be read', async () => (await textLikeness(picture, page)) > 0.8);
}

describe('a shared tab of text', () => {
  test('shows each slide in time, and restarts no ICE while it stands still', async () => {
    const before = await iceFragments(bob.page);
    let sockets = 0;
    const count = () => (sockets += 1);
    bob.page.on('websocket', count);
    await seesEach([bob]);
    bob.page.off('websocket', count);
    expect({ fragments: await iceFragments(bob.page), sockets }).toEqual({ fragments: before, sockets: 0 });
    await canRead(bob);
  }, 120_000);

  test('shows each slide to somebody who joins between two, and to those who were there', async () => {
    await at(alice, 'people').click();
    await at(alice, 'pick-carol').click();
    await at(alice, 'invite').click();
    await alice.page.keyboard.press('Escape');
    await at(carol, 'accept').click();
    await untilSeen(carol.page, shown);
    await seesEach([bob, carol]);
    await canRead(carol);
  }, 120_000);

  test('shows each slide to receivers that lose one packet of twenty', async () => {
    line.lose(5);
    await seesEach([bob, carol]);
    await Promise.all([bob, carol].map(canRead));
  }, 120_000);
});
