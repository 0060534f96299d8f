import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build, ensureBuilt } from '../../../deploy/setup/build.mjs';

const files = {
  'src/main.ts': `export const main = async (): Promise<unknown> => import('./compose/node/nodeProcess.ts');`,
  'src/compose/node/nodeProcess.ts': `import text from '../../script.lua'; import pino from 'pino';
    export const start = async (): Promise<unknown> => [text, pino];`,
  'src/compose/workers/workersProcess.ts': 'export const start = async () => {};',
  'src/compose/node/leaseThread.ts': 'export {};',
  'src/adapters/mediasoup/workers/launchWorker.sh': '#!/bin/sh',
  'src/script.lua': 'return 42',
  'src/load/main.ts': 'export const main = async () => {};',
  'src/load/loadTester.ts': 'export const test = async () => {};',
  'src/web/main.tsx': `import { render } from 'preact'; render(<p>hello</p>, document.body);`,
  'src/web/index.html': '<!doctype html>',
  'src/web/style.css': 'p { color: red }',
  'workers/main.ts': 'export const main = async () => {};',
};
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'veilcast-test-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  await symlink(resolve('node_modules'), join(root, 'node_modules'));
});

afterEach(() => rm(root, { recursive: true }));

const built = (path: string) => readFile(join(root, 'dist', path), 'utf8');

test('bundles the server with its scripts as text and its packages external', async () => {
  await build({ root });
  const node = await built('nodeProcess.js');
  expect(node).toContain('return 42');
  expect(node).toContain('from "pino"');
  // What a program loads later stays a file of its own: nothing that the program is made of imports a package.
  const server = await built('server.js');
  expect(server).toContain('import("./nodeProcess.js")');
  expect(server).not.toContain('from "');
  expect(await built('workers.js')).toContain('main');
});

test('bundles the page for browsers, and copies static files', async () => {
  await build({ root });
  expect(await built('web/main.js')).not.toMatch(/from ?"preact/);
  expect(await built('web/index.html')).toBe('<!doctype html>');
  expect(await built('web/style.css')).toContain('red');
  await expect(built('web/main.tsx')).rejects.toThrow('ENOENT');
});

test('is skipped if nothing changed, and repeated if a source changed or a build failed', async () => {
  const steps: string[] = [];
  const log = {
    step: async <T>(name: string, work: (progress: (text: string) => void) => Promise<T>) => {
      steps.push(name);
      return work(() => undefined);
    },
    line: () => undefined,
  };
  await ensureBuilt({ log, root });
  await ensureBuilt({ log, root });
  expect(steps).toEqual(['Building']);
  await writeFile(join(root, 'src/script.lua'), 'return 43');
  await ensureBuilt({ log, root });
  expect(await built('nodeProcess.js')).toContain('return 43');
  await writeFile(join(root, 'src/main.ts'), 'export const main = ;');
  await expect(ensureBuilt({ log, root })).rejects.toThrow('Cannot build src/main.ts');
  await expect(ensureBuilt({ log, root })).rejects.toThrow('Cannot build src/main.ts');
  await writeFile(join(root, 'src/web/style.css'), 'p { color: blue }');
  await writeFile(join(root, 'src/main.ts'), 'export const main = 1;');
  await ensureBuilt({ log, root });
  expect(await built('web/style.css')).toContain('blue');
  expect(steps).toHaveLength(5);
});

test('lists all missing entries and builds nothing', async () => {
  await rm(join(root, 'src/main.ts'));
  await rm(join(root, 'workers'), { recursive: true });
  await expect(build({ root })).rejects.toThrow(
    'Nothing was built: these files are missing: src/main.ts, workers/main.ts',
  );
  await expect(built('server.js')).rejects.toThrow('ENOENT');
});

test('names the place of an error in a source', async () => {
  await writeFile(join(root, 'src/main.ts'), 'export const main = ;');
  await expect(build({ root })).rejects.toThrow(/Cannot build src\/main\.ts:[^]*main\.ts:1:20/);
});
