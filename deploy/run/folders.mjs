// @ts-check
// Where set-up reads and where it keeps what it made. Nothing of it lands in the checkout but node_modules, dist and .tmp.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the checkout. */
export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What can be made again: kept outside the checkout, so that a fresh clone does not pay for it twice. */
export function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'veilcast');
}

/** What must outlive a restart. */
export function stateFolder() {
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'veilcast');
}
