// @ts-check
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * What a bundle such as dist/server.js exports.
 * @callback Main
 * @param {AbortSignal} stopping told when it is to stop before it serves
 * @returns {Promise<{ stop(): Promise<void> }>} resolves once it serves
 */

/** Names of errors that a person can mend: their sentence says how, and a stack would hide it. */
const forPeople = ['ConfigError', 'StoreRefusal'];

const stopsWithin = 30_000;

/**
 * npm passes on to us what the terminal has sent us already: one Ctrl-C arrives twice.
 */
const sameSignalWithin = 500;

/**
 * Runs a bundle in this process until SIGTERM or SIGINT, then stops it well. A second signal ends it at once.
 * @param {string} bundle
 * @param {() => Promise<void>} [afterwards] what to stop after it
 */
export async function serve(bundle, afterwards = async () => {}) {
  process.setSourceMapsEnabled(true);
  const stopping = new AbortController();
  /** @type {Promise<{ stop(): Promise<void> }>} */
  const serving = import(pathToFileURL(resolve(bundle)).href).then(({ main }) =>
    /** @type {Main} */ (main)(stopping.signal),
  );
  /** @param {unknown} error */
  const wasStopped = (error) => stopping.signal.aborted && error instanceof Error && error.name === 'AbortError';

  let stoppingSince = 0;
  const stop = async () => {
    if (stoppingSince) {
      if (performance.now() - stoppingSince > sameSignalWithin) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    setTimeout(() => process.exit(1), stopsWithin).unref();
    stopping.abort();
    const stopped = await serving
      .then((server) => server.stop())
      .then(
        () => true,
        (error) => wasStopped(error) || void console.error(error),
      );
    await afterwards();
    process.exit(stopped ? 0 : 1);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  try {
    await serving;
  } catch (error) {
    if (wasStopped(error)) return;
    // A configuration's faults are for people to read; a bug's are for those who mend it.
    console.error(error instanceof Error && forPeople.includes(error.name) ? error.message : error);
    await afterwards();
    process.exit(1);
  }
}
