/** Headless browsers with a fake camera and microphone, of both engines, by one driver. */
import { resolve } from 'node:path';
import { chromium, firefox } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { waitFor } from '../waitFor.ts';

export type Engine = 'chromium' | 'firefox';

const sayYes = '--use-fake-ui-for-media-stream';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // As real cameras give; the fake one's own rate is 20.
  '--use-fake-device-for-media-stream=fps=30',
  // Says yes as a user does. Permissions that a driver grants would hold in frames that may not have them, too.
  sayYes,
  '--autoplay-policy=no-user-gesture-required',
];

const usualPreferences = {
  'media.navigator.streams.fake': true,
  // Says yes as a user does.
  'media.navigator.permission.disabled': true,
  // Several people of one browser: only one of their windows has the focus, and each opens its camera.
  'media.devices.unfocused.enabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'network.proxy.type': 0,
};

export interface LaunchOptions {
  readonly engine?: Engine | undefined;
  /** Such as one that starts the browser in a network of its own. */
  readonly executablePath?: string | undefined;
  readonly moreFlags?: readonly string[] | undefined;
  /** Chromium: who shares a screen shares the tab with this title. Else a fake screen. */
  readonly sharedTab?: string | undefined;
  /** Of Firefox, over the tests' own. */
  readonly preferences?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** A user who says yes to devices and chooses that tab. */
const choosing = (title: string) => [
  '--auto-accept-camera-and-microphone-capture',
  `--auto-select-tab-capture-source-by-title=${title}`,
];

export function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const { engine, executablePath, moreFlags = [], sharedTab, preferences } = options;
  if (engine !== 'firefox') {
    const asUser = sharedTab === undefined ? flags : [...flags.filter((one) => one !== sayYes), ...choosing(sharedTab)];
    return chromium.launch({
      executablePath: executablePath ?? '/usr/bin/chromium',
      headless: true,
      args: [...asUser, ...moreFlags],
    });
  }
  return firefox.launch({
    // Playwright's own Firefox is patched; this channel is the stock one, over WebDriver BiDi.
    channel: 'moz-firefox',
    executablePath: executablePath ?? resolve('test/support/browser/firefox.mjs'),
    headless: true,
    firefoxUserPrefs: { ...usualPreferences, ...preferences },
    args: [...moreFlags],
  });
}

/** What a browser is asked to pretend; Firefox can pretend no colours. */
export function contextOptions(browser: Browser): BrowserContextOptions {
  return browser.browserType().name() === 'firefox'
    ? { colorScheme: null, reducedMotion: null, forcedColors: null, contrast: null }
    : { colorScheme: 'light' };
}

export interface Person {
  readonly page: Page;
  readonly browser: Browser;
  /** What the page wrote to its console, and its uncaught errors. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export interface OpenPersonOptions {
  readonly url: string;
  /** One of the demo people. */
  readonly as: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'dark' | 'light';
  /** Runs in the page before anything else of it. */
  readonly prelude?: () => void;
  /** Sees the page before it loads anything. */
  readonly watch?: (page: Page) => void;
  readonly userAgent?: string;
  readonly executablePath?: string;
  readonly moreFlags?: readonly string[];
  readonly engine?: Engine;
  readonly preferences?: LaunchOptions['preferences'];
  /** One that others use as well, each in a context of their own. Else a browser of this person's own. */
  readonly browser?: Browser;
}

export async function openPerson(options: OpenPersonOptions): Promise<Person> {
  const { url, as, viewport, colorScheme, prelude, watch, userAgent } = options;
  const browser = options.browser ?? (await launchBrowser(options));
  const context = await browser.newContext({
    viewport: viewport ?? { width: 1100, height: 760 },
    ...contextOptions(browser),
    ...(colorScheme === undefined ? {} : { colorScheme }),
    ...(userAgent === undefined ? {} : { userAgent }),
  });
  if (prelude !== undefined) await context.addInitScript(prelude);
  const page = await context.newPage();
  watch?.(page);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${url}/?as=${as}`);
  return {
    page,
    browser,
    complaints,
    close: () => (options.browser === undefined ? browser.close() : context.close()),
  };
}

/** Switches calling on unless it is. */
export async function switchCallingOn({ page }: Person): Promise<void> {
  const toggle = page.getByTestId('calling-switch');
  await toggle.waitFor();
  if ((await toggle.getAttribute('aria-pressed')) !== 'true') await toggle.click();
}

/** Leaves every call that a test which failed left open, until the list of people is seen. */
export async function comeHome({ page }: Person): Promise<void> {
  const home = page.locator('[data-testid^="person-"]').first();
  const ways = ['decline', 'hang-up', 'ended-close'].map((testId) => page.getByTestId(testId).first());
  await page.keyboard.press('Escape');
  const goHome = async () => {
    for (const way of ways) if (await way.isVisible()) await way.click({ timeout: 3_000 }).catch(() => undefined);
    return home.isVisible();
  };
  await waitFor('the list of people', goHome, { withinMs: 60_000 });
}
