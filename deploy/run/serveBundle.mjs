// @ts-check
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exists } from './exists.mjs';
import { checkout } from './folders.mjs';
import { SetupProblem } from './problem.mjs';

/**
 * What a bundle such as dist/server.js exports: serves until it is told to stop, then ends this process.
 * @callback Main
 * @param {() => Promise<void> | void} [afterwards] what to stop after it
 * @returns {Promise<void>}
 */

/**
 * Runs a program that is built already, in this process.
 * @param {string} bundle its path in the checkout
 * @param {() => Promise<void> | void} [afterwards]
 */
export async function serveBundle(bundle, afterwards) {
  const path = resolve(checkout, bundle);
  await mustBeSetUp(path, `${bundle} has not been built`);
  const { main } = /** @type {{ main: Main }} */ (await import(pathToFileURL(path).href));
  await main(afterwards);
}

/**
 * @param {string} path
 * @param {string} otherwise what to say when it is not there
 */
export async function mustBeSetUp(path, otherwise) {
  if (!(await exists(path))) throw new SetupProblem(`${otherwise}: run "npm run setup" in ${checkout} first.`);
}
