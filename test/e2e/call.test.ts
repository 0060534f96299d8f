/** Two people in two headless Chromium browsers, through the built server. */
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { VeilcastClient } from '../../src/client/index.ts';
import { comeHome, openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import {
  audioPacketSizes,
  deafen,
  iceFragments,
  instrument,
  mediaStats,
  timesOpened,
  videoBitrate,
} from '../support/browser/pageWatch.ts';
import { TestRedis } from '../support/redis/redis.ts';
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
let alice: Person;
let bob: Person;
/** Every frame of every page's WebSocket, both ways. */
const frames: string[] = [];

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({
    redisUrl: redis.url,
    environment: { VEILCAST_RING_TIMEOUT_MS: '12000', VEILCAST_RECONNECT_GRACE_MS: '8000' },
  });
  [alice, bob] = await Promise.all([open('alice'), open('bob')]);
}, 120_000);

afterAll(async () => {
  await Promise.all([alice, bob].map((person) => person.close()));
  await server.stop();
  await redis.stop();
}, 90_000);

async function open(as: string): Promise<Person> {
  const person = await openPerson({ url: server.url, as, prelude: instrument });
  person.page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => frames.push(String(payload)));
    socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
  });
  await person.page.reload();
  await switchCallingOn(person);
  return person;
}

const at = ({ page }: Person, testId: string) => page.getByTestId(testId);

async function ring(caller: Person, callee: Person, media: 'video' | 'audio' = 'video'): Promise<void> {
  await at(caller, `call-${media}-${callee === bob ? 'bob' : 'alice'}`).click();
  await at(callee, 'accept').waitFor();
}

async function seesAndHears(page: Page): Promise<void> {
  const before = await mediaStats(page);
  await waitFor('decoded frames and sound of the other side', async () => {
    const now = await mediaStats(page);
    return now.framesDecoded - before.framesDecoded > 15 && now.audioEnergy - before.audioEnergy > 0;
  });
}

async function hasEnded(person: Person, words: RegExp): Promise<void> {
  await at(person, 'ended-reason').waitFor({ timeout: 30_000 });
  expect(await at(person, 'ended-reason').innerText()).toMatch(words);
  await at(person, 'ended-close').click();
}

describe('a call between two browsers', () => {
  beforeEach(async () => {
    await Promise.all([alice, bob].map(comeHome));
  });

  test('both see and hear each other; hanging up ends the call for both', async () => {
    await ring(alice, bob);
    await at(bob, 'accept').click();
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    await at(bob, 'hang-up').click();
    await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
  }, 90_000);

  test('before the answer no camera opens at the callee, and no media reaches anybody', async () => {
    const opened = await timesOpened(bob.page);
    const before = await Promise.all([mediaStats(alice.page), mediaStats(bob.page)]);
    let newSockets = 0;
    const count = () => (newSockets += 1);
    for (const { page } of [alice, bob]) page.on('websocket', count);
    await ring(alice, bob);
    await bob.page.waitForTimeout(2500);
    for (const { page } of [alice, bob]) page.off('websocket', count);
    // That nothing comes while it rings is no sign of a network that has changed.
    expect(newSockets).toBe(0);
    expect(await timesOpened(bob.page)).toBe(opened);
    const after = await Promise.all([mediaStats(alice.page), mediaStats(bob.page)]);
    for (const [index, stats] of after.entries()) {
      expect(stats.framesDecoded).toBe(before[index]?.framesDecoded);
      expect(stats.videoBytesReceived).toBe(before[index]?.videoBytesReceived);
      expect(stats.audioBytesReceived).toBe(before[index]?.audioBytesReceived);
    }
    // It rings on, and a dialog that a key had closed could be answered no more.
    for (let press = 0; press < 4; press += 1) await bob.page.keyboard.press('Escape');
    await at(bob, 'decline').click();
    await hasEnded(alice, /declin/i);
  }, 90_000);

  test('an unanswered call is a missed call', async () => {
    await ring(alice, bob);
    await hasEnded(alice, /answer/i);
    await at(bob, 'incoming').waitFor({ state: 'hidden' });
  }, 90_000);

  test('a sensitive call sends audio in packets of one size; another call reveals when somebody speaks', async () => {
    const sizesIn = async () => {
      await ring(alice, bob, 'audio');
      await at(bob, 'accept').click();
      await bob.page.waitForTimeout(1_500);
      const sizes = await Promise.all([alice, bob].map(({ page }) => audioPacketSizes(page, 20)));
      await at(alice, 'hang-up').click();
      await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
      return sizes.map((one) => new Set(one).size);
    };
    for (const different of await sizesIn()) expect(different).toBeGreaterThan(3);
    await alice.page.route('**/v1/calls', async (route) => {
      const body: unknown = route.request().postDataJSON();
      await route.continue({ postData: JSON.stringify({ ...Object(body), sensitive: true }) });
    });
    expect(await sizesIn()).toEqual([1, 1]);
    await alice.page.unroute('**/v1/calls');
  }, 120_000);

  test('if the page removes the frame that holds the connections, the call continues in another frame', async () => {
    const frames = () => alice.page.locator('iframe').count();
    await ring(alice, bob);
    await at(bob, 'accept').click();
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    expect(await frames()).toBe(1);
    await alice.page.evaluate(() => {
      for (const frame of document.querySelectorAll('iframe')) frame.remove();
    });
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    expect(await frames()).toBe(1);
    await at(bob, 'hang-up').click();
    await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
    await waitFor('no frame after the last call', async () => (await frames()) === 0);
  }, 90_000);

  test('a reload in mid-call returns to the call', async () => {
    await ring(alice, bob);
    await at(bob, 'accept').click();
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    await bob.page.reload();
    await at(bob, 'hang-up').waitFor();
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    await at(alice, 'hang-up').click();
    await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
  }, 120_000);

  test('a reload opens no device that was off, and keeps a mute by the host', async () => {
    await ring(alice, bob);
    await at(bob, 'accept').click();
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    await at(bob, 'toggle-camera').click();
    await at(bob, 'toggle-camera').and(bob.page.locator('[aria-label="Camera on"]')).waitFor();
    await bob.page.reload();
    await at(bob, 'toggle-mic').and(bob.page.locator('[aria-label="Mute"]')).waitFor();
    await at(bob, 'toggle-camera').and(bob.page.locator('[aria-label="Camera on"]')).waitFor();
    // Only the microphone, which was on.
    expect(await timesOpened(bob.page)).toBe(1);
    // The host mutes who is still in the call, and does not hear of it any more.
    await at(alice, 'people').click();
    await at(alice, 'mute-bob').waitFor();
    await deafen(bob.page);
    await at(alice, 'mute-bob').click();
    await at(alice, 'mute-bob').waitFor({ state: 'hidden' });
    await alice.page.keyboard.press('Escape');
    await bob.page.goto('about:blank');
    await bob.page.goto(`${server.url}/?as=bob`);
    await at(bob, 'toggle-mic').and(bob.page.locator('[aria-label="Unmute"]')).waitFor();
    await seesAndHears(bob.page);
    expect(await timesOpened(bob.page)).toBe(0);
    await at(alice, 'hang-up').click();
    await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
  }, 120_000);

  test('a duplicated tab takes over the call and opens no device that was off', async () => {
    await ring(alice, bob);
    await at(bob, 'accept').click();
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    await at(bob, 'toggle-mic').click();
    await at(bob, 'toggle-camera').click();
    await at(bob, 'toggle-camera').and(bob.page.locator('[aria-label="Camera on"]')).waitFor();
    // A window that a page opens has a copy of its storage, as a duplicated tab has.
    const opening = bob.page.waitForEvent('popup');
    await bob.page.evaluate(() => void window.open(location.href));
    const twin = await opening;
    try {
      for (const label of ['Unmute', 'Camera on']) await twin.getByLabel(label, { exact: true }).waitFor();
      await seesAndHears(twin);
      expect(await timesOpened(twin)).toBe(0);
      await at(bob, 'hang-up').waitFor({ state: 'detached' });
      await twin.getByTestId('hang-up').click();
      await hasEnded(alice, /./);
    } finally {
      await twin.close();
      await bob.page.reload();
    }
  }, 90_000);

  test('a call can start with a chosen microphone and without the camera, which is switched on later', async () => {
    const opened = await timesOpened(alice.page);
    const chosen = await alice.page.evaluate(async () => {
      const all = await navigator.mediaDevices.enumerateDevices();
      const microphone = all.findLast(({ kind }) => kind === 'audioinput')?.deviceId ?? 'none';
      await window.veilcast.client.call(['bob'], { media: 'video', camera: false, devices: { microphone } });
      return microphone;
    });
    await at(bob, 'accept').click();
    await seesAndHears(alice.page);
    await waitFor('sound at Bob', async () => (await mediaStats(bob.page)).audioEnergy > 0);
    expect(await timesOpened(alice.page)).toBe(opened + 1);
    expect(await alice.page.evaluate(() => window.veilcast.client.calls[0]?.deviceInUse('microphone'))).toBe(chosen);
    await at(alice, 'toggle-camera').click();
    await seesAndHears(bob.page);
    await at(bob, 'hang-up').click();
    await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
  }, 90_000);

  test('a network change restarts ICE, and both keep seeing and hearing', async () => {
    await ring(alice, bob);
    await at(bob, 'accept').click();
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    const before = await iceFragments(bob.page);
    await bob.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await waitFor('new ICE credentials', async () => {
      const now = await iceFragments(bob.page);
      return now.length > 0 && now.every((fragment) => !before.includes(fragment));
    });
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    await at(alice, 'hang-up').click();
    await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
  }, 90_000);

  test('camera off and mute reach the other side, and are undone', async () => {
    await ring(alice, bob);
    await at(bob, 'accept').click();
    await Promise.all([seesAndHears(alice.page), seesAndHears(bob.page)]);
    await at(alice, 'toggle-camera').click();
    await at(alice, 'toggle-mic').click();
    await waitFor('no more frames at the other side', async () => {
      const { framesDecoded } = await mediaStats(bob.page);
      await bob.page.waitForTimeout(500);
      return (await mediaStats(bob.page)).framesDecoded === framesDecoded;
    });
    await at(alice, 'toggle-camera').click();
    await at(alice, 'toggle-mic').click();
    await seesAndHears(bob.page);
    await at(bob, 'hang-up').click();
    await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
  }, 90_000);

  test('after 15 s the video has more than 0.8 Mbit/s', async () => {
    await ring(alice, bob);
    await bob.page.waitForTimeout(1500);
    // One picture: to encode and decode two of them is more than two busy cores do, and then senders rightly send less.
    await at(bob, 'accept-audio').click();
    await bob.page.waitForTimeout(15_000);
    // A busy machine takes longer to find its bandwidth; a broken estimate never does.
    await waitFor('0.8 Mbit/s of video', async () => (await videoBitrate(bob.page)) > 800_000, { withinMs: 90_000 });
    await at(alice, 'hang-up').click();
    await Promise.all([hasEnded(alice, /./), hasEnded(bob, /./)]);
  }, 150_000);

  test('clients got only the server’s media ports, and no message contains a candidate or address of theirs', async () => {
    const told = (await Promise.all([alice, bob].map(({ page }) => mediaStats(page)))).flatMap((stats) => stats.told);
    const offered = frames.flatMap((frame) => [...frame.matchAll(/"address":"([^"]+)","ip":"([^"]+)","port":(\d+)/g)]);
    expect(offered.length).toBeGreaterThan(0);
    for (const [, address, ip, port] of offered) {
      expect([address, ip]).toEqual(['127.0.0.1', '127.0.0.1']);
      expect(server.mediaPorts).toContain(Number(port));
    }
    for (const { address, port } of told) {
      expect(address).toBe('127.0.0.1');
      expect(server.mediaPorts).toContain(port);
    }
    const all = frames.join('\n');
    expect(all).not.toMatch(/candidate:|typ (host|srflx|relay)|\.local\b/);
    // What the browsers gather for themselves: the addresses of this machine's own networks.
    const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    for (const { address, internal } of own) if (!internal) expect(all).not.toContain(address);
  });

  test('the pages logged no errors', () => {
    expect([...alice.complaints, ...bob.complaints]).toEqual([]);
  });
});
