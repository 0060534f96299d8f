/** Browsers inside a network namespace. */
import { chmod, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Engine } from './browser.ts';

/** Playwright starts one program: this one, which it answers, steps into the network first. */
export async function browserInside(engine: Engine, namespace: string, folder: string): Promise<string> {
  const path = join(folder, `${engine}-${namespace}`);
  const starts: Readonly<Record<Engine, string>> = {
    chromium: `exec ip netns exec ${namespace} /usr/bin/chromium "$@"`,
    // It is driven over TCP, from outside.
    firefox: `VEILCAST_TEST_NETWORK=${namespace} exec ${resolve('test/support/browser/firefox.mjs')} "$@"`,
  };
  await writeFile(path, `#!/bin/sh\n${starts[engine]}\n`);
  await chmod(path, 0o755);
  return path;
}
