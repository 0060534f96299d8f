// @ts-check
import { cp, mkdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuilt, stamped } from './buildStamp.mjs';
import { exists } from '../run/exists.mjs';
import { runAsCommand } from '../run/entry.mjs';
import { checkout } from '../run/folders.mjs';
import { SetupProblem } from '../run/problem.mjs';

/**
 * @typedef {object} Bundle
 * @property {string} from
 * @property {string} to
 * @property {import('esbuild').BuildOptions} options
 */

/**
 * What a program loads later is a bundle of its own beside it. So it can tell in words that a package is missing, before
 * anything imports one.
 * @type {import('esbuild').Plugin}
 */
const laterBundles = {
  name: 'later bundles',
  setup({ onResolve }) {
    onResolve({ filter: /\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.js`, external: true } : undefined,
    );
  },
};

/** @type {import('esbuild').BuildOptions} */
const forNode = { platform: 'node', target: 'node20', packages: 'external', plugins: [laterBundles] };
/** @type {import('esbuild').BuildOptions} */
const page = { platform: 'browser', target: 'es2022', minify: true, jsx: 'automatic', jsxImportSource: 'preact' };

/** @type {Bundle[]} */
const bundles = [
  { from: 'src/main.ts', to: 'dist/server.js', options: forNode },
  { from: 'src/compose/node/nodeProcess.ts', to: 'dist/nodeProcess.js', options: forNode },
  { from: 'src/compose/node/leaseThread.ts', to: 'dist/leaseThread.js', options: forNode },
  { from: 'workers/main.ts', to: 'dist/workers.js', options: forNode },
  { from: 'src/compose/workers/workersProcess.ts', to: 'dist/workersProcess.js', options: forNode },
  { from: 'src/load/main.ts', to: 'dist/load.js', options: forNode },
  { from: 'src/load/loadTester.ts', to: 'dist/loadTester.js', options: forNode },
  { from: 'src/web/main.tsx', to: 'dist/web/main.js', options: page },
];

/** What the node starts its media workers with: a file of its own, which the bundle finds beside itself. */
const launcher = { from: 'src/adapters/mediasoup/workers/launchWorker.sh', to: 'dist/launchWorker.sh' };
const pageFolder = { from: 'src/web', to: 'dist/web' };

/**
 * Builds unless nothing has changed since it was built.
 * @param {{ log: import('../run/reporter.mjs').Reporter, root?: string }} options
 */
export async function ensureBuilt({ log, root = checkout }) {
  const there = await Promise.all(bundles.map(({ to }) => exists(join(root, to))));
  if (!there.includes(false) && (await isBuilt(root))) return;
  await log.step('Building', () => build({ root }));
}

/**
 * Bundles what runs: the server, the lifecycle workers and the page.
 * @param {{ root?: string }} [options]
 */
export async function build({ root = checkout } = {}) {
  const missing = [];
  for (const { from } of bundles) if (!(await exists(join(root, from)))) missing.push(from);
  if (missing.length > 0) throw new SetupProblem(`Nothing was built: these files are missing: ${missing.join(', ')}`);
  await stamped(root, () => buildAll(root));
}

/** @param {string} root */
async function buildAll(root) {
  // Made here, since what bundles into it and what copies into it would both make it.
  await mkdir(join(root, pageFolder.to), { recursive: true });
  // All to their end, so that nothing is written any more once this has failed.
  const results = await Promise.allSettled([
    ...bundles.map((bundle) => buildBundle(root, bundle)),
    copyPage(root),
    cp(join(root, launcher.from), join(root, launcher.to)),
  ]);
  // Its service is a process of its own, which would live as long as we do.
  await (await import('esbuild')).stop();
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const bug = failures.find((failure) => !(failure instanceof SetupProblem));
  if (bug) throw bug;
  if (failures.length > 0) throw new SetupProblem(failures.map(({ message }) => message).join('\n'));
}

/**
 * @param {string} root
 * @param {Bundle} bundle
 */
async function buildBundle(root, { from, to, options }) {
  // Loaded here, not above: on a fresh machine this file is read before the packages are installed.
  const esbuild = await import('esbuild');
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: [from],
      outfile: to,
      bundle: true,
      format: 'esm',
      sourcemap: true,
      // Redis scripts are text to the code that sends them.
      loader: { '.lua': 'text' },
      logLevel: 'silent',
      ...options,
    });
  } catch (error) {
    const { errors } = /** @type {import('esbuild').BuildFailure} */ (error);
    if (!errors) throw error;
    const messages = await esbuild.formatMessages(errors, { kind: 'error', color: process.stderr.isTTY });
    throw new SetupProblem(`Cannot build ${from}:\n${messages.join('')}`);
  }
}

/**
 * What of the page is served as it is.
 * @param {string} root
 */
async function copyPage(root) {
  await cp(join(root, pageFolder.from), join(root, pageFolder.to), {
    recursive: true,
    filter: (path) => !['.ts', '.tsx'].includes(extname(path)),
  });
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runAsCommand((log) => log.step('Building', () => build()));
}
