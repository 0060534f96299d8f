/**
 * Devices as people have them: missing, busy, refused. What fails of one leaves the other working, and is told once. In both
 * engines, each of which opens its devices in its own way around the calls that are replaced here.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { contextOptions, launchBrowser } from '../support/browser/browser.ts';
import type { Engine } from '../support/browser/browser.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { openScriptedPage } from '../support/browser/scriptedPage.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import type { Change, DeviceState, Machine, Opened } from './devicePage.ts';

const states: readonly DeviceState[] = ['there', 'missing', 'busy', 'refused', 'dismissed', 'chosen_gone'];
const permissions: readonly PermissionState[] = ['prompt', 'granted', 'denied'];
const kinds = ['microphone', 'camera'] as const;

let redis: TestRedis;
let server: ServerProcess;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({ redisUrl: redis.url });
}, 60_000);

afterAll(async () => {
  await server.stop();
  await redis.stop();
}, 60_000);

/** What devices there are, and what is allowed, is replaced in the page: the tests' flags must not answer for it. */
const launchers: Readonly<Record<Engine, () => Promise<Browser>>> = {
  chromium: () =>
    chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
    }),
  firefox: () => launchBrowser({ engine: 'firefox' }),
};

const machines = permissions.flatMap((permission) =>
  states.flatMap((microphone) => states.map((camera) => ({ permission, microphone, camera }))),
);

const outcomes: Readonly<Record<DeviceState, string>> = {
  there: 'done',
  chosen_gone: 'done',
  chosen_busy: 'media_busy',
  busy: 'media_busy',
  missing: 'media_missing',
  refused: 'media_denied',
  dismissed: 'media_denied',
};
const faults: readonly DeviceState[] = [...states, 'chosen_busy'];
const changes: readonly Change[] = kinds.flatMap((kind) =>
  [true, false].flatMap((wasOn) => faults.map((fault) => ({ kind, wasOn, fault }))),
);

/** What an attentive person would want to happen. */
function wanted({ states: of, permissions: allowed }: Machine): Opened {
  const isAnswered = (kind: 'microphone' | 'camera', ...answers: DeviceState[]) =>
    allowed[kind] === 'prompt' && answers.includes(of[kind]);
  const isThere = (kind: 'microphone' | 'camera') => of[kind] !== 'missing';
  // Both are one question where both are there to be asked for.
  const together = kinds.every(isThere) && kinds.every((kind) => allowed[kind] === 'prompt');
  const refused = kinds.some((kind) => isAnswered(kind, 'refused', 'dismissed'));
  const problems: string[] = [];
  const on = kinds.filter((kind) => {
    if (of[kind] === 'chosen_gone') problems.push(`${kind} media_replaced`);
    const isRefused = allowed[kind] === 'denied' || (together ? refused : isAnswered(kind, 'refused', 'dismissed'));
    const why = !isThere(kind) ? 'missing' : isRefused ? 'denied' : of[kind] === 'busy' ? 'busy' : undefined;
    if (why !== undefined) problems.push(`${kind} media_${why}`);
    return why === undefined;
  });
  const prompts = kinds.some((kind) => isThere(kind) && allowed[kind] === 'prompt') ? 1 : 0;
  return { on, prompts, problems };
}

describe.each(['chromium', 'firefox'] as const)('in %s', (engine) => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchers[engine]();
    const context = await browser.newContext(contextOptions(browser));
    page = await openScriptedPage(context, { url: server.url, script: 'test/e2e/devicePage.ts', query: {} });
  }, 240_000);

  afterAll(() => browser.close(), 60_000);

  describe.each(machines)(
    '$permission: microphone $microphone, camera $camera',
    ({ permission, microphone, camera }) => {
      test('opens every available device, and reports each fault once', async () => {
        const machine = { states: { microphone, camera }, permissions: { microphone: permission, camera: permission } };
        const opened = await page.evaluate((given) => window.openDevices(given), machine);
        const { on, prompts, problems } = wanted(machine);
        expect(opened.on).toEqual(on);
        expect(opened.prompts).toBeLessThanOrEqual(prompts);
        const told = (all: readonly string[]) => all.filter((one) => !one.endsWith('media_replaced')).sort();
        expect(told(opened.problems)).toEqual(told(problems));
      });
    },
  );

  test.each(kinds)('after a refused %s the other device is still asked for', async (denied) => {
    const other = denied === 'microphone' ? 'camera' : 'microphone';
    const opened = await page.evaluate((given) => window.openDevices(given), {
      states: { microphone: 'there', camera: 'there' },
      permissions: { microphone: 'prompt', camera: 'prompt', [denied]: 'denied' },
    } satisfies Machine);
    expect(opened).toEqual({ on: [other], prompts: 1, problems: [`${denied} media_denied`] });
  });

  test.each(kinds)('a start with a chosen %s asks for that one, and for no other of the other kind', async (kind) => {
    const asked = await page.evaluate((one) => window.startWith(one, 'second'), kind);
    expect(asked).toEqual({ microphone: undefined, camera: undefined, [kind]: 'second' });
  });

  test('a device is on once the user has said yes, not while the browser asks', async () => {
    expect(await page.evaluate(() => window.openSlowly())).toEqual({ asked: [], answered: kinds });
  });

  test.each(changes)(
    'another $kind, $fault, while on: $wasOn: what is told is true, and the way back is open',
    async (change) => {
      const { outcome, told, isOpen, ...later } = await page.evaluate((given) => window.changeDevice(given), change);
      expect(told).toBe(isOpen);
      expect(later).toEqual({ back: true, isOpenAgain: true });
      // One that is muted or off stays so, and one that was on continues where another can be opened.
      if (!change.wasOn) expect(isOpen).toBe(false);
      else if (['there', 'chosen_gone', 'chosen_busy'].includes(change.fault)) expect(isOpen).toBe(true);
      // A camera that is off is opened later.
      const isTried = change.wasOn || change.kind === 'microphone';
      expect(outcome).toBe(isTried ? outcomes[change.fault] : 'done');
    },
  );

  test.each([
    ['twice' as const, true],
    ['given up' as const, false],
  ])('a screen that is shared %s asks the user once, and its sound ends with it', async (how, isShared) => {
    const { after, ...shared } = await page.evaluate((given) => window.shareScreen(given), how);
    expect(shared).toEqual({ pickers: 1, isShared });
    // In Firefox an event that a script dispatches on a track reached no listener, so nobody can end a screen here.
    if (engine === 'chromium') expect(after).toEqual({ isShared: false, sound: 'ended' });
  });
});
