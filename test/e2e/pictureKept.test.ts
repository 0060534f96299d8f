/** A picture stays as good as it was, whatever is negotiated again beside it. */
import { afterAll, beforeAll, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import { instrument, iceFragments } from '../support/browser/pageWatch.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

let redis: TestRedis;
let server: ServerProcess;
let alice: Person;
let bob: Person;

/** Small enough for slow machines, whose browsers would make a large picture smaller by themselves. */
const full = 480;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({ redisUrl: redis.url });
  const open = (as: string) => openPerson({ url: server.url, as, prelude: instrument });
  [alice, bob] = await Promise.all([open('alice'), open('bob')]);
  await Promise.all([alice, bob].map(switchCallingOn));
  await useCamera(full);
  await at(alice, 'call-video-bob').click();
  await at(bob, 'accept-audio').click();
  await heightAtBob('before', full);
}, 120_000);

afterAll(async () => {
  await Promise.all([alice, bob].map((person) => person.close()));
  await server.stop();
  await redis.stop();
}, 90_000);

const at = ({ page }: Person, testId: string) => page.getByTestId(testId);

async function useCamera(lines: number): Promise<void> {
  await alice.page.evaluate((height) => {
    const open = MediaDevices.prototype.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (constraints) =>
      open({ ...constraints, video: constraints?.video ? { width: (height * 4) / 3, height, frameRate: 15 } : false });
  }, lines);
}

/** Of the tallest video that decodes frames now. */
function cameraHeight(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const read = async (): Promise<Map<string, { frames: number; height: number }>> => {
      const found = new Map<string, { frames: number; height: number }>();
      for (const connection of window.veilcastWatch.connections) {
        if (connection.connectionState === 'closed') continue;
        (await connection.getStats()).forEach((entry: RTCInboundRtpStreamStats) => {
          if (entry.type !== 'inbound-rtp' || entry.kind !== 'video' || entry.mid === 'probator') return;
          found.set(entry.id, { frames: entry.framesDecoded ?? 0, height: entry.frameHeight ?? 0 });
        });
      }
      return found;
    };
    const before = await read();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const heights = [...(await read())].flatMap(([id, { frames, height }]) =>
      frames > (before.get(id)?.frames ?? 0) ? [height] : [],
    );
    return Math.max(0, ...heights);
  });
}

async function heightAtBob(what: string, lines: number): Promise<void> {
  await waitFor(`${lines} lines at Bob: ${what}`, async () => (await cameraHeight(bob.page)) >= lines * 0.95);
}

/** Long enough for layers that were cut to be gone at the receiver, too. */
const settleMs = 3_000;

async function staysFull(what: string): Promise<void> {
  await bob.page.waitForTimeout(settleMs);
  await heightAtBob(what, full);
}

test('an ICE restart', async () => {
  const before = await iceFragments(alice.page);
  await alice.page.evaluate(() => dispatchEvent(new Event('online')));
  await waitFor('other credentials of ICE', async () =>
    (await iceFragments(alice.page)).every((fragment) => !before.includes(fragment)),
  );
  await staysFull('after a restart of ICE');
}, 90_000);

test('a lost socket', async () => {
  const { page } = alice;
  const opened = page.waitForEvent('websocket');
  await page.context().setOffline(true);
  await page.waitForTimeout(200);
  await page.context().setOffline(false);
  await opened;
  await staysFull('after a lost socket');
}, 90_000);

test('a camera switched off and on', async () => {
  await at(alice, 'toggle-camera').click();
  await waitFor('no picture', async () => (await cameraHeight(bob.page)) === 0);
  await at(alice, 'toggle-camera').click();
  await staysFull('after the camera was off');
}, 90_000);

test('a screen share that starts and stops', async () => {
  await at(alice, 'share-screen').click();
  await at(bob, 'remote-screen').waitFor();
  await staysFull('beside a screen');
  await at(alice, 'share-screen').click();
  await at(bob, 'remote-screen').waitFor({ state: 'detached' });
  await staysFull('after a screen');
}, 90_000);

test('a camera of another size sends its whole picture', async () => {
  for (const height of [240, 480]) {
    await useCamera(height);
    await at(alice, 'toggle-camera').click();
    await waitFor('no picture', async () => (await cameraHeight(bob.page)) === 0);
    await at(alice, 'toggle-camera').click();
    await waitFor(`exactly ${height} lines at Bob`, async () => (await cameraHeight(bob.page)) === height);
  }
}, 90_000);
