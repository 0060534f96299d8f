// @ts-check
// `npm run packages` writes one archive for each package to dist/packages, and the reports of their public surfaces.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runAsCommand } from '../run/entry.mjs';
import { checkout } from '../run/folders.mjs';
import { definitions } from './definitions.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * @typedef {object} Packed
 * @property {string} name
 * @property {string} archive path of the archive
 * @property {boolean} isNewToReport whether its public surface differs from its report
 */

/**
 * @param {{ root?: string, mayChangeReports: boolean }} options
 * @returns {Promise<Packed[]>}
 */
export async function packAll({ root = checkout, mayChangeReports }) {
  await mkdir(join(root, '.tmp'), { recursive: true });
  const scratch = await mkdtemp(join(root, '.tmp', 'packages-'));
  try {
    const packed = [];
    for (const definition of definitions) packed.push(await pack({ root, definition, scratch, mayChangeReports }));
    return packed;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {{ root: string, definition: import('./definitions.mjs').Definition, scratch: string, mayChangeReports: boolean }} options
 * @returns {Promise<Packed>}
 */
async function pack({ root, definition, scratch, mayChangeReports }) {
  // Loaded here, not above: set-up reads what this file imports before the packages are installed.
  const { writeModules } = await import('./modules.mjs');
  const { writeDeclarations } = await import('./declarations.mjs');
  const { name } = definition;
  const archives = join(root, 'dist', 'packages');
  const folder = join(archives, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await mkdir(join(scratch, name), { recursive: true });
  await writeFile(join(folder, 'package.json'), await manifestOf(root, definition));
  await cp(join(here, name, 'README.md'), join(folder, 'README.md'));
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  await writeModules({ root, definition, folder });
  const isNewToReport = writeDeclarations({
    root,
    definition,
    scratch: join(scratch, name),
    into: join(folder, 'index.d.ts'),
    reportFolder: join(here, name),
    mayChangeReport: mayChangeReports,
  });
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', archives], {
    cwd: folder,
  });
  /** @type {{ filename: string }[]} */
  const [{ filename } = { filename: '' }] = JSON.parse(stdout);
  return { name, archive: join(archives, filename), isNewToReport };
}

/**
 * @param {string} root
 * @param {import('./definitions.mjs').Definition} definition
 */
async function manifestOf(root, { name, description, manifest }) {
  /** @type {{ version: string, license: string }} */
  const { version, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const fields = {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    // For tools that do not know `exports`.
    types: './index.d.ts',
    main: './index.js',
    ...manifest,
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runAsCommand(async (log) => {
    const packed = await log.step('Packing', () => packAll({ mayChangeReports: true }));
    for (const { archive } of packed) log.line(archive);
  });
}
