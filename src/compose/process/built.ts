/** What set-up has built, beside the bundle that runs. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
export const built = basename(here) === 'dist' ? here : join(process.cwd(), 'dist');

/** Where set-up has put the media worker; undefined where it has not. */
export function builtWorker(): string | undefined {
  const path = join(built, 'mediasoup-worker');
  return existsSync(path) ? realpathSync(path) : undefined;
}
