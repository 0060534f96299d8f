// @ts-check
import { succeeds } from './command.mjs';
import { ensurePackages } from './debian.mjs';

export const chromiumPath = '/usr/bin/chromium';

/**
 * Makes sure that there is a browser for the tests and measurements.
 * @param {{ log: import('../run/reporter.mjs').Reporter }} options
 */
export async function ensureChromium({ log }) {
  // Asked, not looked for: an installation that broke off leaves the file there.
  if (await succeeds(chromiumPath, ['--version'])) return;
  await ensurePackages({ packages: ['chromium'], purpose: 'the tests in a browser', log });
}
