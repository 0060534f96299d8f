/** Headless Chromium with a fake camera and microphone: one browser a person, as in life. */
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { waitFor } from './waitFor.ts';

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
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

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
  /** Such as one that starts Chromium in a network of its own. */
  readonly executablePath?: string;
  readonly moreFlags?: readonly string[];
}

export async function openPerson(options: OpenPersonOptions): Promise<Person> {
  const { url, as, viewport, colorScheme, prelude, watch, userAgent } = options;
  const browser = await chromium.launch({
    executablePath: options.executablePath ?? '/usr/bin/chromium',
    headless: true,
    args: [...flags, ...(options.moreFlags ?? [])],
  });
  const context = await browser.newContext({
    viewport: viewport ?? { width: 1100, height: 760 },
    colorScheme: colorScheme ?? 'light',
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
  return { page, browser, complaints, close: () => browser.close() };
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
  await waitFor('the list of people', async () => {
    for (const way of ways) if (await way.isVisible()) await way.click({ timeout: 1_000 }).catch(() => undefined);
    return home.isVisible();
  });
}
