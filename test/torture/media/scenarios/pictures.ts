/** A picture that must stay as good as it was. */
import { workerUnder } from '../../../support/processes/mediaWorkers.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { cameraLines, fragments, pictureRate } from '../probes.ts';
import { settleMs } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';
import { usualLines } from '../stage.ts';
import type { MediaStage } from '../stage.ts';
import { share } from './screens.ts';

const kept = (after: number, before: number): number => Math.round((100 * after) / before) / 100;

function picture(name: string, act: (stage: MediaStage) => Promise<unknown>): Scenario {
  return {
    name: `picture: ${name}`,
    measures: ['heightKept', 'framesKept', 'bitsKept'],
    play: async (stage) => {
      const page = stage.page('bob');
      await stage.call();
      const before = { lines: await stage.settledLines(), ...(await pictureRate(page)) };
      await act(stage);
      await page.waitForTimeout(settleMs);
      const lines = Math.max(await cameraLines(page), await cameraLines(page));
      const after = { lines, ...(await pictureRate(page)) };
      return {
        heightKept: kept(after.lines, before.lines),
        framesKept: kept(after.framesPerSecond, before.framesPerSecond),
        bitsKept: kept(after.kilobitsPerSecond, before.kilobitsPerSecond),
      };
    },
  };
}

async function restartIce(stage: MediaStage): Promise<void> {
  const before = await fragments(stage.page('alice'));
  await stage.page('alice').evaluate(() => dispatchEvent(new Event('online')));
  await waitFor('other credentials of ICE', async () =>
    (await fragments(stage.page('alice'))).every((fragment) => !before.includes(fragment)),
  );
}

async function cameraOffAndOn(stage: MediaStage): Promise<void> {
  await stage.click('alice', 'toggle-camera');
  await waitFor('no picture at Bob', async () => (await cameraLines(stage.page('bob'))) === 0);
  await stage.click('alice', 'toggle-camera');
}

export const pictures: readonly Scenario[] = [
  picture('ICE is restarted', restartIce),
  picture('a screen is shared', share),
  picture('a screen was shared', async (stage) => {
    await share(stage);
    await stage.page('bob').waitForTimeout(1_000);
    await stage.click('alice', 'share-screen');
    await stage.page('bob').getByTestId('remote-screen').first().waitFor({ state: 'detached' });
  }),
  picture('the socket is lost', (stage) => {
    stage.door('alice').cut();
    return Promise.resolve();
  }),
  picture('the camera was off', cameraOffAndOn),
  picture('the camera is opened anew as another', (stage) =>
    stage.onCall('alice', async (call) => {
      const all = await navigator.mediaDevices.enumerateDevices();
      const id = all.findLast(({ kind }) => kind === 'videoinput')?.deviceId ?? '';
      await call.useDevice('camera', id);
    }),
  ),
  picture('the call was on hold', async (stage) => {
    await stage.onCall('alice', (call) => call.hold());
    await waitFor('no picture at Bob', async () => (await cameraLines(stage.page('bob'))) === 0);
    await stage.onCall('alice', (call) => call.unhold());
  }),
  picture('a third person comes in', async (stage) => {
    await stage.onCall('alice', (call) => call.invite(['carol']));
    await stage.click('carol', 'accept');
    await stage.sees('carol');
  }),
  picture('the media worker is killed', async (stage) => {
    process.kill(await workerUnder(stage.page('alice'), stage.server), 'SIGKILL');
    await stage.sees('bob');
  }),
  ...[240, 720].map((lines): Scenario => ({
    name: `picture: a camera of ${lines} lines`,
    measures: ['heightKept'],
    play: async (stage: MediaStage) => {
      const page = stage.page('alice');
      await page.evaluate((wanted) => (window.cameraLines = wanted), lines);
      try {
        await stage.call();
        return { heightKept: (await stage.settledLines()) / lines };
      } finally {
        await page.evaluate((wanted) => (window.cameraLines = wanted), usualLines);
      }
    },
  })),
  ...['VP9', 'AV1'].map((codec): Scenario => ({
    name: `picture: sent as ${codec} while ICE is restarted`,
    measures: ['heightKept'],
    notInFirefox: 'its VP9 and AV1 come without what mediasoup reads of each frame',
    play: async (stage) => {
      await stage.knowsOnly(`video/${codec}`);
      try {
        await stage.call();
        await restartIce(stage);
        return { heightKept: (await stage.settledLines()) / usualLines };
      } finally {
        await stage.knowsOnly(undefined);
      }
    },
  })),
  {
    name: 'picture: a camera in the dark',
    measures: ['heightKept'],
    play: async (stage) => {
      const page = stage.page('alice');
      await page.evaluate(() => (window.isDark = true));
      try {
        await stage.call('accept-audio');
        const before = await stage.settledLines();
        await stage.onCall('alice', (call) => call.invite(['carol']));
        await stage.click('carol', 'accept-audio');
        await stage.sees('carol');
        await page.waitForTimeout(settleMs);
        const lines = await Promise.all([cameraLines(stage.page('bob')), cameraLines(stage.page('carol'))]);
        return { heightKept: Math.min(before, ...lines) / usualLines };
      } finally {
        await page.evaluate(() => (window.isDark = false));
      }
    },
  },
];
