/** What is done to a call, and what is measured of it. */
import { workerUnder } from '../../support/processes/mediaWorkers.ts';
import { waitFor } from '../../support/waitFor.ts';
import { cameraLines, fragments, openDevices, seenSlide, showSlide, textLikeness, watchSilence } from './probes.ts';
import { usualLines } from './stage.ts';
import type { MediaStage } from './stage.ts';

export interface Figures {
  /** Lines of the picture after, by those before. */
  readonly heightKept?: number;
  /** From each change of a slide until it was seen, and how alike the text is at the end. */
  readonly slideMs?: readonly number[];
  readonly likeness?: number;
  /** Silence after a change of the network. */
  readonly backMs?: number;
  /** Devices that were open before a reload, and those that are open after it though they were not. */
  readonly opened?: number;
  readonly reopened?: number;
  /** Restarts of ICE that nothing called for. */
  readonly restarts?: number;
}

export interface Scenario {
  readonly name: string;
  readonly play: (stage: MediaStage) => Promise<Figures>;
  /** Why it is not played in Firefox. */
  readonly notInFirefox?: string;
}

/** What is received so long after what was done is what the rest of the call is like. */
const settleMs = 5_000;

function picture(name: string, act: (stage: MediaStage) => Promise<unknown>): Scenario {
  return {
    name: `picture: ${name}`,
    play: async (stage) => {
      await stage.call();
      const before = await stage.settledLines();
      await act(stage);
      await stage.page('bob').waitForTimeout(settleMs);
      const after = Math.max(await cameraLines(stage.page('bob')), await cameraLines(stage.page('bob')));
      return { heightKept: after / before };
    },
  };
}

async function share(stage: MediaStage): Promise<void> {
  await stage.click('alice', 'share-screen');
  await stage.page('bob').getByTestId('remote-screen').first().waitFor();
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

const pictures: readonly Scenario[] = [
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
  ...[240, 720].map((lines) => ({
    name: `picture: a camera of ${lines} lines`,
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
];

/** How often a slide is changed, and after how long. */
const changes = 6;
const slideEveryMs = 3_000;
const latestMs = 10_000;

async function changeSlides(stage: MediaStage, first: number): Promise<Figures> {
  const { slides } = stage;
  if (slides === undefined) throw new Error('nobody has slides');
  const viewer = stage.page('bob');
  const slideMs: number[] = [];
  for (let number = first; number < first + changes; number += 1) {
    await slides.waitForTimeout(slideEveryMs);
    const changedAt = Date.now();
    await showSlide(slides, number);
    while ((await seenSlide(viewer)) !== number && Date.now() - changedAt < latestMs) await viewer.waitForTimeout(30);
    slideMs.push(Date.now() - changedAt);
  }
  await viewer.waitForTimeout(2_000);
  return { slideMs, likeness: await textLikeness(slides, viewer) };
}

const notInFirefox = 'it asks which screen, and no preference answers';

const screens: readonly Scenario[] = [
  {
    name: 'slides: a tab is shared',
    notInFirefox,
    play: async (stage) => {
      await stage.call();
      await share(stage);
      return changeSlides(stage, 1);
    },
  },
  {
    name: 'slides: somebody joins between two',
    notInFirefox,
    play: async (stage) => {
      await stage.call();
      await share(stage);
      await stage.page('bob').waitForTimeout(slideEveryMs);
      await stage.onCall('alice', (call) => call.invite(['carol']));
      await stage.click('carol', 'accept');
      return changeSlides(stage, 20);
    },
  },
  {
    name: 'slides: one packet of twenty is lost',
    notInFirefox,
    play: async (stage) => {
      await stage.call();
      await share(stage);
      await stage.packets.lose(5);
      return changeSlides(stage, 40);
    },
  },
  {
    name: 'quiet: a screen stands still for one without devices',
    notInFirefox,
    play: async (stage) => {
      await stage.call('accept-audio');
      for (const testId of ['toggle-mic', 'toggle-camera']) await stage.click('alice', testId);
      await stage.click('bob', 'toggle-mic');
      await share(stage);
      const before = await fragments(stage.page('bob'));
      for (let number = 60; number < 64; number += 1) {
        if (stage.slides !== undefined) await showSlide(stage.slides, number);
        await stage.page('bob').waitForTimeout(slideEveryMs);
      }
      const after = await fragments(stage.page('bob'));
      return { restarts: after.filter((fragment) => !before.includes(fragment)).length };
    },
  },
];

/** Longer nobody waits. */
const goneMs = 15_000;

function network(name: string, act: (stage: MediaStage) => Promise<unknown>): Scenario {
  return {
    name: `network: ${name}`,
    play: async (stage) => {
      await stage.call();
      const looks = await Promise.all([watchSilence(stage.page('alice')), watchSilence(stage.page('bob'))]);
      await stage.page('bob').waitForTimeout(1_000);
      await act(stage);
      const until = Date.now() + goneMs;
      await stage.page('bob').waitForTimeout(settleMs);
      const read = () => Promise.all(looks.map((look) => look()));
      while ((await read()).some(({ isOver }) => !isOver) && Date.now() < until)
        await stage.page('bob').waitForTimeout(200);
      const seen = await read();
      const back = seen.every(({ isOver }) => isOver);
      return { backMs: back ? Math.max(...seen.map(({ longestMs }) => longestMs)) : goneMs };
    },
  };
}

/** As a change of address looks from outside: what was open carries nothing more. */
async function move(stage: MediaStage): Promise<void> {
  await stage.packets.kill();
  for (const name of ['alice', 'bob'] as const) stage.door(name).freeze();
}

const networks: readonly Scenario[] = [
  ...[1, 2, 3].map((time) => network(`a change of address (${time})`, move)),
  network('two changes of address within four seconds', async (stage) => {
    await move(stage);
    await stage.page('bob').waitForTimeout(4_000);
    await move(stage);
  }),
  network('one packet of twenty is lost', async (stage) => {
    await stage.packets.lose(5);
  }),
  network('the page removes the frame of the SDK', (stage) =>
    stage.page('bob').evaluate(() => {
      for (const frame of document.querySelectorAll('iframe')) frame.remove();
    }),
  ),
];

function reload(name: string, before: (stage: MediaStage) => Promise<unknown>, answer?: 'accept-audio'): Scenario {
  return {
    name: `reload: ${name}`,
    play: async (stage) => {
      await stage.call(answer);
      await before(stage);
      const page = stage.page('bob');
      await page.waitForTimeout(1_000);
      const open = await openDevices(page);
      await page.reload();
      await waitFor('the call that is taken up', () => page.getByTestId('tile-alice').first().isVisible());
      await page.waitForTimeout(settleMs);
      const now = await openDevices(page);
      return { opened: open.length, reopened: now.filter((kind) => !open.includes(kind)).length };
    },
  };
}

const reloads: readonly Scenario[] = [
  reload('all is on', () => Promise.resolve()),
  reload('the microphone is off', (stage) => stage.click('bob', 'toggle-mic')),
  reload('the camera is off', (stage) => stage.click('bob', 'toggle-camera')),
  reload('answered without a camera', () => Promise.resolve(), 'accept-audio'),
  reload('on hold', (stage) => stage.onCall('bob', (call) => call.hold())),
  reload('muted by the host', (stage) => stage.onCall('alice', (call) => call.mute('bob'))),
];

export const scenarios: readonly Scenario[] = [...pictures, ...screens, ...networks, ...reloads];
