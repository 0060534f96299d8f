/** Opens the page of the straightforward client in a browser that is there, from the server's own address. */
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import type { Person } from '../support/browser.ts';

export interface StraightforwardOptions {
  readonly url: string;
  /** Demo people: whose tab it is, and whom it may call. */
  readonly as: string;
  readonly calls: string;
}

/** Any that the server itself answers: browsers let no page of unknown origin connect to this machine. */
const servedPath = '/v1/openapi.json';

export async function openStraightforward(
  { page: other }: Person,
  { url, as, calls }: StraightforwardOptions,
): Promise<Page> {
  const { outputFiles } = await build({
    ...{ entryPoints: ['test/load/straightforward.ts'], bundle: true, write: false },
    ...{ format: 'iife', platform: 'browser', target: 'es2022' },
  });
  const script = outputFiles.map(({ text }) => text).join('');
  const page = await other.context().newPage();
  await page.addInitScript({ content: `addEventListener('DOMContentLoaded', () => {\n${script}\n});` });
  await page.goto(`${url}${servedPath}?as=${as}&calls=${calls}`);
  await page.getByTestId('call').waitFor();
  return page;
}
