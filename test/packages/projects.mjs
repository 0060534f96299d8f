// @ts-check
// The projects that install the packages, each with what must hold in it.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { checkout } from '../../deploy/run/folders.mjs';

const run = promisify(execFile);

/**
 * @typedef {object} Place
 * @property {string} folder an empty folder
 * @property {string} home an empty home
 * @property {import('../../deploy/packages/pack.mjs').Packed[]} archives
 */

/** kB of the whole client for a page, mediasoup-client included. */
const mostClientKb = 90;
/** kB of an app that uses errors and devices alone: the rest of the client is left out. */
const mostUnusedKb = 10;

class TypesProblem extends Error {
  /** @override */
  name = 'TypesProblem';
}

const app = `
import { VeilcastClient, isVeilcastError, listDevices, whyNoCalls } from 'veilcast-client';
import type { Call, HistoryPage, Settings, VeilcastErrorCode } from 'veilcast-client';

export async function start(token: () => Promise<string>): Promise<void> {
  if (whyNoCalls() !== undefined) return;
  const client = await VeilcastClient.connect({ url: 'https://calls.example.org', token });
  client.on('incoming', (call: Call) => void call.answer({ camera: false }));
  const call = await client.call(['bob'], { media: 'video' });
  call.on('track', ({ stream }) => {
    const shown: MediaStream = stream;
    console.log(shown.id);
  });
  const settings: Settings = await client.changeSettings({ callingOn: true, audiences: ['following'] });
  const page: HistoryPage = await client.history();
  const names: (string | null)[] = page.calls.flatMap(({ others }) => others);
  console.log(settings.quietHours?.from, names, await listDevices());
}

export function codeOf(error: unknown): VeilcastErrorCode | undefined {
  return isVeilcastError(error) ? error.code : undefined;
}

// @ts-expect-error: whether types are there at all
VeilcastClient.connect({ url: 1 });
`;
const compilerOptions = {
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  types: [],
  noEmit: true,
};

/** @type {{ name: string, needsRegistry: boolean, attempt: (place: Place) => Promise<object> }[]} */
export const projects = [
  { name: 'typescript', needsRegistry: false, attempt: plainTypeScript },
  { name: 'vite', needsRegistry: true, attempt: vite },
];

/** @param {Place} place */
async function plainTypeScript(place) {
  const { folder } = place;
  await install(place, ['veilcast-client'], ['--offline']);
  await writeFile(join(folder, 'app.ts'), app);
  await typeCheck(folder);
  // Without a window, as on a server that renders pages.
  await run(process.execPath, ['--input-type=module', '-e', `await import('veilcast-client')`], { cwd: folder });
  const kb = await bundledKb(folder, `export * from 'veilcast-client'`);
  if (kb > mostClientKb) throw new Error(`The client has ${kb} kB (gzip), and may have ${mostClientKb}.`);
  const unused = await bundledKb(folder, `export { isVeilcastError, listDevices } from 'veilcast-client'`);
  if (unused > mostUnusedKb) throw new Error(`An app that makes no call has ${unused} kB of the client.`);
  return { clientGzipKb: kb };
}

/** @param {Place} place */
async function vite(place) {
  const { folder } = place;
  await install(place, ['veilcast-client'], ['vite@8']);
  await writeFile(join(folder, 'app.ts'), app);
  await writeFile(
    join(folder, 'index.html'),
    `<script type="module">import { start } from './app.ts'; void start(async () => '');</script>`,
  );
  await run(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], { cwd: folder });
  return {};
}

/**
 * @param {Place} place
 * @param {string[]} names
 * @param {string[]} args options and other packages
 */
async function install({ folder, home, archives }, names, args) {
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const wanted = archives.filter(({ name }) => names.includes(name)).map(({ archive }) => archive);
  if (wanted.length < names.length) throw new Error(`One of ${names.join(', ')} was not packed.`);
  // npm, if it runs this, has named its own user's settings and cache.
  const own = { npm_config_userconfig: join(home, '.npmrc'), npm_config_cache: join(home, 'cache') };
  const env = { ...process.env, HOME: home, ...own };
  await run('npm', ['install', '--no-audit', '--no-fund', ...args, ...wanted], { cwd: folder, env });
  const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: folder, env });
  if (/node_modules\/mediasoup$/m.test(stdout)) throw new Error('The server of mediasoup was installed.');
}

/** @param {string} folder */
async function typeCheck(folder) {
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const compiler = join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [compiler, '-p', folder]).catch((/** @type {{ stdout: string }} */ { stdout }) => {
    throw new TypesProblem(`The types are not complete:\n${stdout}`);
  });
}

/**
 * @param {string} folder
 * @param {string} contents
 */
async function bundledKb(folder, contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
    logLevel: 'silent',
  });
  return Math.ceil(gzipSync(outputFiles[0]?.contents ?? '').length / 100) / 10;
}
