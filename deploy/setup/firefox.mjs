// @ts-check
import { succeeds } from './command.mjs';
import { ensurePackages } from './debian.mjs';

export const firefoxPath = '/usr/bin/firefox-esr';

/**
 * Makes sure that there is the second browser engine for the tests and measurements.
 * @param {{ log: import('../run/reporter.mjs').Reporter }} options
 */
export async function ensureFirefox({ log }) {
  // Asked, not looked for: an installation that broke off leaves the file there.
  if (await succeeds(firefoxPath, ['--version'])) return;
  await ensurePackages({ packages: ['firefox-esr'], purpose: 'the tests in a second browser', log });
}
