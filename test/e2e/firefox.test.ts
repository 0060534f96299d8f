/** Calls in Firefox, with the addresses that the server of `npm start` announces. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPerson, switchCallingOn } from '../support/browser.ts';
import type { Person } from '../support/browser.ts';
import { instrument, mediaStats } from '../support/pageWatch.ts';
import { TestRedis } from '../support/redis.ts';
import { startServerProcess } from '../support/serverProcess.ts';
import type { ServerProcess } from '../support/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

let redis: TestRedis;
let server: ServerProcess;
let firefox: Browser;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({
    redisUrl: redis.url,
    environment: { VEILCAST_MEDIA_LISTEN_ADDRESSES: '' },
  });
  firefox = await launchBrowser({ engine: 'firefox' });
  const open = (as: string) => openPerson({ url: server.url, as, prelude: instrument, browser: firefox });
  [alice, bob] = await Promise.all([open('alice'), open('bob')]);
  await Promise.all([alice, bob].map(switchCallingOn));
}, 240_000);

afterAll(async () => {
  await firefox.close();
  await server.stop();
  await redis.stop();
}, 90_000);

const at = ({ page }: Person, testId: string) => page.getByTestId(testId);

async function seesAndHears({ page }: Person): Promise<void> {
  const before = await mediaStats(page);
  await waitFor('decoded frames and sound of the other side', async () => {
    const now = await mediaStats(page);
    return now.framesDecoded - before.framesDecoded > 15 && now.audioEnergy - before.audioEnergy > 0;
  });
}

test('both see and hear each other', async () => {
  await at(alice, 'call-video-bob').click();
  await at(bob, 'accept').click();
  await Promise.all([seesAndHears(alice), seesAndHears(bob)]);
  await at(bob, 'hang-up').click();
  await Promise.all([alice, bob].map((p) => at(p, 'ended-close').click()));
  expect([...alice.complaints, ...bob.complaints]).toEqual([]);
}, 90_000);
