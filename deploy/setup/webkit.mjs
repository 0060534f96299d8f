// @ts-check
import { succeeds } from './command.mjs';
import { ensurePackages } from './debian.mjs';

export const webkitDriverPath = '/usr/bin/WebKitWebDriver';

/**
 * Makes sure that there is Safari's engine for the tests of all but media, and a screen for it where the machine has none.
 * @param {{ log: import('../run/reporter.mjs').Reporter }} options
 */
export async function ensureWebkit({ log }) {
  const there = [await succeeds(webkitDriverPath, ['--help']), await succeeds('Xvfb', ['-help'])];
  if (there.every(Boolean)) return;
  await ensurePackages({ packages: ['webkit2gtk-driver', 'xvfb'], purpose: "the tests in Safari's engine", log });
}
