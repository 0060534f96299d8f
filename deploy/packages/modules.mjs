// @ts-check
// The JavaScript of a package: modules that need no other package, and the licences of what they contain.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { withoutFakes, withoutJsonSchema } from './leftOut.mjs';

/**
 * @param {{ root: string, definition: import('./definitions.mjs').Definition, folder: string }} options
 */
export async function writeModules({ root, definition, folder }) {
  const { metafile } = await build({
    ...definition.options,
    absWorkingDir: root,
    entryPoints: [definition.entry, ...definition.apart],
    outdir: folder,
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    sourcemap: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [withoutFakes, withoutJsonSchema],
  });
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), await licencesOf(root, Object.keys(metafile.inputs)));
}

/**
 * @param {string} root
 * @param {string[]} inputs
 */
async function licencesOf(root, inputs) {
  const folders = new Set(
    inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.slice(1, 2) ?? []),
  );
  const texts = [...folders].sort().map(async (folder) => {
    /** @type {{ name: string, version: string, license: string }} */
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(root, folder))).find((one) => /^licen[cs]e/i.test(one));
    if (file === undefined)
      throw new Error(`${name} ${version} has no file with the text of its licence (${license}).`);
    const text = await readFile(join(root, folder, file), 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return `This package contains code of these packages:\n\n${(await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`)}`;
}
