/** Files that set-up has built, beside the running bundle. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
export const built = basename(here) === 'dist' ? here : join(process.cwd(), 'dist');

/** The media worker that set-up has installed; undefined if it has not. */
export function builtWorker(): string | undefined {
  const path = join(built, 'mediasoup-worker');
  return existsSync(path) ? realpathSync(path) : undefined;
}
