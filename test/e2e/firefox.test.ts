/** Calls in Firefox, and between Firefox and Chromium, with the addresses that the server of `npm start` announces. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import * as z from 'zod';
import type { VeilcastClient } from '../../src/client/index.ts';
import { issuedTicket } from '../../src/protocol/http/http.ts';
import { comeHome, launchBrowser, openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import { workerUnder } from '../support/processes/mediaWorkers.ts';
import { iceFragments, instrument, mediaStats, streamsOf, timesOpened } from '../support/browser/pageWatch.ts';
import { request } from '../support/participant/person.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { openScriptedPage } from '../support/browser/scriptedPage.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

declare global {
  interface Window {
    veilcast: { client: VeilcastClient };
  }
}

let redis: TestRedis;
let server: ServerProcess;
let firefox: Browser;
/** In Firefox. */
let alice: Person;
let bob: Person;
/** In Chromium. */
let carol: Person;

/** The fake camera is wider than high: this one is not. */
function otherDevices(): void {
  // A frame that is no secure context has no devices.
  if (parent !== window || !isSecureContext) return;
  const paintedStream = (width: number, height: number): MediaStream => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const paint = canvas.getContext('2d');
    setInterval(() => {
      if (paint === null) return;
      paint.fillStyle = `hsl(${Date.now() / 20} 90% 50%)`;
      paint.fillRect(0, 0, width, height);
    }, 50);
    return canvas.captureStream(20);
  };
  const { mediaDevices } = navigator;
  const list = mediaDevices.enumerateDevices.bind(mediaDevices);
  const other = { deviceId: 'upright', kind: 'videoinput', label: 'Upright', groupId: '' } as const;
  mediaDevices.enumerateDevices = async () => [...(await list()), { ...other, toJSON: () => other }];
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (constraints) =>
    JSON.stringify(constraints?.video ?? '').includes('upright')
      ? Promise.resolve(paintedStream(240, 320))
      : open(constraints);
  // Nobody is there to pick a screen.
  mediaDevices.getDisplayMedia = () => Promise.resolve(paintedStream(640, 480));
}

const patienceMs = 60_000;
const patiently = { withinMs: patienceMs, everyMs: 100 };

const open = async (as: string, browser?: Browser): Promise<Person> => {
  const watch = (page: Page) => {
    // Three people of two engines share the cores of a small machine.
    page.setDefaultTimeout(patienceMs);
    void page.addInitScript(otherDevices);
  };
  const person = await openPerson({ url: server.url, as, prelude: instrument, watch, ...(browser ? { browser } : {}) });
  await switchCallingOn(person);
  return person;
};

beforeAll(async () => {
  redis = await TestRedis.start();
  const environment = { VEILCAST_MEDIA_LISTEN_ADDRESSES: '' };
  [server, firefox] = await Promise.all([
    startServerProcess({ redisUrl: redis.url, environment }),
    launchBrowser({ engine: 'firefox' }),
  ]);
  [alice, bob, carol] = await Promise.all([open('alice', firefox), open('bob', firefox), open('carol')]);
}, 240_000);

afterAll(async () => {
  await Promise.all([firefox, carol].map((one) => one.close()));
  await server.stop();
  await redis.stop();
}, 180_000);

const at = ({ page }: Person, testId: string) => page.getByTestId(testId);

async function comes({ page }: { readonly page: Page }, what: 'both' | 'picture' | 'sound' = 'both'): Promise<void> {
  const before = await mediaStats(page);
  const hasCome = async () => {
    const now = await mediaStats(page);
    const isSeen = now.framesDecoded - before.framesDecoded > 15;
    const isHeard = now.audioEnergy - before.audioEnergy > 0;
    return (isSeen || what === 'sound') && (isHeard || what === 'picture');
  };
  await waitFor(`decoded frames and sound: ${what}`, hasCome, patiently).catch(async (cause: unknown) => {
    throw new Error(`${page.url()}: ${String(cause)}\n${await streamsOf(page)}`, { cause });
  });
}

async function stops({ page }: Person, counted: 'framesDecoded' | 'audioEnergy'): Promise<void> {
  await waitFor(
    `no more ${counted}`,
    async () => {
      const before = (await mediaStats(page))[counted];
      await page.waitForTimeout(500);
      return (await mediaStats(page))[counted] === before;
    },
    patiently,
  );
}

/** So many pictures move, and so many voices are heard. By what is decoded: windows behind others show no frames. */
async function seesAndHears({ page }: Person, others: number): Promise<void> {
  const isSo = () =>
    page.evaluate(async (wantedCount) => {
      const read = async () => {
        const streams = await window.veilcastWatch.inbound();
        const counted = streams.map(({ id, kind, framesDecoded = 0, totalAudioEnergy = 0 }) => {
          return { id, kind, count: kind === 'audio' ? totalAudioEnergy : framesDecoded };
        });
        return new Map(counted.map((one) => [one.id, one]));
      };
      const before = await read();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const now = await read();
      const grown = [...now.values()].filter(({ id, count }) => count > (before.get(id)?.count ?? 0));
      const grownOf = (wanted: string) => grown.filter(({ kind }) => kind === wanted).length;
      return grownOf('audio') === wantedCount && grownOf('video') === wantedCount;
    }, others);
  await waitFor(`pictures and voices of ${others} at ${page.url()}`, isSo, patiently);
}

describe('a call of two in Firefox', () => {
  beforeEach(async () => {
    await at(alice, 'call-video-bob').click();
    await at(bob, 'accept').click();
    await Promise.all([comes(alice), comes(bob)]);
  }, 180_000);
  afterEach(async () => {
    await Promise.all([alice, bob].map(comeHome));
  }, 60_000);

  test('mute and camera off reach the other side, and are undone', async () => {
    await at(alice, 'toggle-mic').click();
    await stops(bob, 'audioEnergy');
    await at(alice, 'toggle-camera').click();
    await stops(bob, 'framesDecoded');
    await at(alice, 'toggle-mic').click();
    await at(alice, 'toggle-camera').click();
    await comes(bob);
  }, 180_000);

  test('another camera shows its whole picture, and a shared screen appears beside it', async () => {
    const isUpright = () =>
      at(bob, 'remote-video').evaluate(
        (video) => video instanceof HTMLVideoElement && video.videoHeight > video.videoWidth,
      );
    expect(await isUpright()).toBe(false);
    await at(alice, 'devices').click();
    await at(alice, 'choose-camera').selectOption('upright');
    await alice.page.keyboard.press('Escape');
    await waitFor('the upright picture', isUpright, patiently);
    await at(alice, 'share-screen').click();
    const screen = at(bob, 'remote-screen');
    // On a busy machine Firefox makes it smaller, in the same shape.
    await waitFor(
      'the screen',
      () =>
        screen.evaluate((video) => {
          const { videoWidth, videoHeight } =
            video instanceof HTMLVideoElement ? video : { videoWidth: 0, videoHeight: 0 };
          return videoWidth > 0 && videoWidth * 3 === videoHeight * 4;
        }),
      patiently,
    );
    await comes(bob);
    await at(alice, 'share-screen').click();
    await screen.waitFor({ state: 'detached' });
    await comes(bob);
  }, 180_000);

  test('a network change restarts ICE, and both keep seeing and hearing', async () => {
    const before = await iceFragments(bob.page);
    await bob.page.evaluate(() => dispatchEvent(new Event('online')));
    await waitFor(
      'new ICE credentials',
      async () => {
        const now = await iceFragments(bob.page);
        return now.length > 0 && now.every((fragment) => !before.includes(fragment));
      },
      patiently,
    );
    await Promise.all([comes(alice), comes(bob)]);
  }, 180_000);

  test('after seconds without media, longer than the stored credentials last, both see and hear again', async () => {
    const before = await iceFragments(bob.page);
    const worker = await workerUnder(bob.page, server);
    process.kill(worker, 'SIGSTOP');
    try {
      await Promise.all([alice, bob].map((person) => at(person, 'reconnecting').waitFor()));
      await bob.page.waitForTimeout(3_000);
    } finally {
      process.kill(worker, 'SIGCONT');
    }
    await Promise.all([comes(alice), comes(bob)]);
    expect((await iceFragments(bob.page)).some((fragment) => !before.includes(fragment))).toBe(true);
    await Promise.all([alice, bob].map((person) => at(person, 'reconnecting').waitFor({ state: 'detached' })));
  }, 180_000);

  test('a hold stops sound and picture, and both come back after it', async () => {
    await alice.page.evaluate(() => window.veilcast.client.calls[0]?.hold());
    await at(alice, 'on-hold').waitFor();
    await Promise.all([stops(bob, 'framesDecoded'), stops(bob, 'audioEnergy')]);
    await at(alice, 'unhold').click();
    await Promise.all([comes(alice), comes(bob)]);
  }, 180_000);

  test('a third person from Chromium is invited, and each sees and hears both others', async () => {
    await at(alice, 'people').click();
    await at(alice, 'pick-carol').click();
    await at(alice, 'invite').click();
    await alice.page.keyboard.press('Escape');
    await at(carol, 'accept').click();
    await Promise.all([alice, bob, carol].map((person) => seesAndHears(person, 2)));
    await at(carol, 'hang-up').click();
    await comeHome(carol);
    await Promise.all([alice, bob].map((person) => seesAndHears(person, 1)));
  }, 240_000);

  test('a reload returns to the call and opens no camera that was off', async () => {
    await at(bob, 'toggle-camera').click();
    await stops(alice, 'framesDecoded');
    await bob.page.reload();
    await at(bob, 'toggle-mic').and(bob.page.locator('[aria-label="Mute"]')).waitFor();
    await at(bob, 'toggle-camera').and(bob.page.locator('[aria-label="Camera on"]')).waitFor();
    await Promise.all([comes(alice, 'sound'), comes(bob)]);
    expect(await timesOpened(bob.page)).toBe(1);
  }, 180_000);

  test('viewers see and hear both participants', async () => {
    const { body } = await request(`${server.url}/v1/calls`, { credential: server.apiKey });
    const call = z.object({ calls: z.array(z.object({ id: z.string() })) }).parse(body).calls[0]?.id ?? '';
    const page = await openScriptedPage(bob.page.context(), {
      url: server.url,
      script: 'test/e2e/watcher.ts',
      query: { as: 'dan', call },
      prepare: (made) => made.exposeFunction('ticketOf', ticketOf),
    });
    await waitFor(
      'picture and sound of two',
      async () => (await page.locator('video, audio').count()) === 4,
      patiently,
    );
    await comes({ page });
    expect(await timesOpened(page)).toBe(0);
    await page.close();
  }, 180_000);
});

async function ticketOf(call: string): Promise<string> {
  const options = { method: 'POST', credential: server.apiKey, body: { userId: 'dan', rights: ['watch'] } };
  const { body } = await request(`${server.url}/v1/calls/${call}/tickets`, options);
  return issuedTicket.parse(body).ticket;
}

test('Chromium calls Firefox', async () => {
  await at(carol, 'call-video-alice').click();
  await at(alice, 'accept').click();
  await Promise.all([comes(carol), comes(alice)]);
  await Promise.all([carol, alice].map(comeHome));
}, 180_000);

test('a second call, from Firefox: the first one waits on hold', async () => {
  await at(carol, 'call-video-alice').click();
  await at(alice, 'accept').click();
  await Promise.all([comes(carol), comes(alice)]);
  await at(bob, 'call-video-alice').click();
  await at(alice, 'accept').click();
  await Promise.all([comes(bob), comes(alice)]);
  await carol.page.getByText('On hold').waitFor();
  await Promise.all([alice, bob, carol].map(comeHome));
}, 240_000);

test('Firefox calls Chromium', async () => {
  await at(bob, 'call-video-carol').click();
  await at(carol, 'accept').click();
  await Promise.all([comes(bob), comes(carol)]);
  await Promise.all([bob, carol].map(comeHome));
}, 180_000);

test('the pages logged no errors', () => {
  expect([alice, bob, carol].flatMap(({ complaints }) => complaints)).toEqual([]);
});
