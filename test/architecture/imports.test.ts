/** The import directions hold, and the check that holds them can fail. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const program = join(process.cwd(), 'node_modules/.bin/depcruise');
const rules = join(process.cwd(), 'config/dependencies.mjs');
const looked = ['src', 'workers', 'config', 'deploy/run'];

const cruise = (cwd: string) => spawnSync(program, ['--config', rules, ...looked], { cwd, encoding: 'utf8' });

test('imports follow the allowed directions and form no cycle', () => {
  const { status, signal, error, stderr, stdout } = cruise('.');
  expect({ status, signal, error, stderr, stdout }).toEqual({
    status: 0,
    signal: null,
    error: undefined,
    stderr: '',
    stdout: expect.stringContaining('no dependency violations found'),
  });
});

const right = [
  'src/adapters/redis/right.ts',
  'src/ports/media/right.ts',
  'src/load/right.ts',
  'test/support/right.ts',
  'deploy/setup/right.mjs',
  'config/right.ts',
];
const wrong: readonly (readonly [rule: string, path: string, source: string])[] = [
  ['domain-is-pure', 'src/domain/wrong.ts', "import { readFileSync } from 'node:fs'; export const x = readFileSync;"],
  ['commands-know-ports', 'src/commands/wrong.ts', "export { y } from '../adapters/redis/right.ts';"],
  ['edge-parses-and-asks', 'src/edge/wrong.ts', "export { y } from '../adapters/redis/right.ts';"],
  ['edge-asks-commands-for-media', 'src/edge/socket/wrong.ts', "export { y } from '../../ports/media/right.ts';"],
  ['page-uses-the-sdk-alone', 'src/web/wrong.ts', "export { y } from '../adapters/redis/right.ts';"],
  ['handlers-parse-and-run', 'workers/handlers/wrong.ts', "export { y } from '../../src/adapters/redis/right.ts';"],
  ['entries-start-what-is-composed', 'workers/main.ts', "export { y } from '../src/adapters/redis/right.ts';"],
  ['load-is-a-client', 'src/load/wrong.ts', "export { y } from '../adapters/redis/right.ts';"],
  ['load-is-imported-by-nobody', 'src/support/loaded.ts', "export { y } from '../load/right.ts';"],
  ['production-apart-from-development', 'src/compose/wrong.ts', "export { y } from '../../test/support/right.ts';"],
  ['production-apart-from-development', 'deploy/run/wrong.mjs', "export { y } from '../setup/right.mjs';"],
];

/** A tree of wrong arrows alone, looked at once: starting the check takes most of its time. */
let root: string;
let ended: ReturnType<typeof cruise>;

beforeAll(() => {
  mkdirSync('.tmp', { recursive: true });
  root = mkdtempSync(join('.tmp', 'arrows-'));
  const write = (path: string, source: string) => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), source);
  };
  write('tsconfig.json', '{}');
  for (const path of right) write(path, 'export const y = 1;');
  for (const [, path, source] of wrong) write(path, source);
  ended = cruise(root);
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

test.each(wrong.map(([rule, path]) => ({ rule, path })))(
  'a forbidden import is found: $rule in $path',
  ({ rule, path }) => {
    expect(ended.stdout).toContain(`error ${rule}: ${path}`);
    expect(ended.status).not.toBe(0);
  },
);
