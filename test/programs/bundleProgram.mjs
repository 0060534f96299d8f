// @ts-check
import { basename, join } from 'node:path';
import { checkout } from '../../deploy/run/folders.mjs';

/**
 * Bundles a TypeScript program into the checkout, so that its imports find node_modules; answers where it is.
 * @param {string} entry
 */
export async function bundleProgram(entry) {
  const program = join(checkout, '.tmp', 'measure', `${basename(entry, '.ts')}-${process.pid}.mjs`);
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: checkout,
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    loader: { '.lua': 'text' },
  });
  return program;
}
