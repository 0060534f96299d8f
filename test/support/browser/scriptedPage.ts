/** A page made of a script alone, as a page of an app that uses the SDK, from the server's own address. */
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';

export interface ScriptedPageOptions {
  readonly url: string;
  /** What runs in it, a TypeScript file, from the root. */
  readonly script: string;
  /** What the script reads of its address. */
  readonly query: Readonly<Record<string, string>>;
  /** Sees the page before it loads anything. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Any that the server itself answers: browsers let no page of unknown origin connect to this machine. */
const servedPath = '/v1/openapi.json';

export async function openScriptedPage(
  context: BrowserContext,
  { url, script, query, prepare }: ScriptedPageOptions,
): Promise<Page> {
  const { outputFiles } = await build({
    entryPoints: [script],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  });
  const bundle = outputFiles.map(({ text }) => text).join('');
  const page = await context.newPage();
  await prepare?.(page);
  // Frames have none of it: the SDK makes one for its connections.
  const content = `if (parent === window) addEventListener('DOMContentLoaded', () => {\n${bundle}\n});`;
  await page.addInitScript({ content });
  await page.goto(`${url}${servedPath}?${new URLSearchParams(query).toString()}`);
  return page;
}
