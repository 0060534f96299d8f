/** Opens the page of the straightforward client in a browser that is there. */
import type { Page } from 'playwright-core';
import type { Person } from '../support/browser/browser.ts';
import { openScriptedPage } from '../support/browser/scriptedPage.ts';

export interface StraightforwardOptions {
  readonly url: string;
  /** Demo people: whose tab it is, and whom it may call. */
  readonly as: string;
  readonly calls: string;
}

export async function openStraightforward(
  { page: other }: Person,
  { url, as, calls }: StraightforwardOptions,
): Promise<Page> {
  const script = 'test/load/straightforward.ts';
  const page = await openScriptedPage(other.context(), { url, script, query: { as, calls } });
  await page.getByTestId('call').waitFor();
  return page;
}
