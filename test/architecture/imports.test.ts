/** The import directions hold, and the check that holds them can fail. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const depcruise = 'node_modules/.bin/depcruise';
const rules = join(process.cwd(), 'config/dependencies.mjs');

test('every import goes the one way, and there are no cycles', () => {
  const ended = spawnSync(depcruise, ['--config', rules, 'src', 'workers', 'config', 'deploy/run'], {
    encoding: 'utf8',
  });
  const { status, signal, error, stderr, stdout } = ended;
  expect({ status, signal, error, stderr, stdout }).toEqual({
    status: 0,
    signal: null,
    error: undefined,
    stderr: '',
    stdout: expect.stringContaining('no dependency violations found'),
  });
});

test.each([
  ['domain-is-pure', 'src/domain/wrong.ts', "import { readFileSync } from 'node:fs'; export const x = readFileSync;"],
  ['commands-know-ports', 'src/commands/wrong.ts', "export { y } from '../adapters/redis/right.ts';"],
  ['edge-parses-and-asks', 'src/edge/wrong.ts', "export { y } from '../adapters/redis/right.ts';"],
  ['page-uses-the-sdk-alone', 'src/web/wrong.ts', "export { y } from '../adapters/redis/right.ts';"],
  ['handlers-parse-and-run', 'workers/handlers/wrong.ts', "export { y } from '../../src/adapters/redis/right.ts';"],
  ['entries-start-what-is-composed', 'workers/main.ts', "export { y } from '../src/adapters/redis/right.ts';"],
  ['production-apart-from-development', 'src/compose/wrong.ts', "export { y } from '../../test/support/right.ts';"],
  ['production-apart-from-development', 'deploy/run/wrong.mjs', "export { y } from '../setup/right.mjs';"],
])('a wrong arrow is found: %s', (rule, path, source) => {
  mkdirSync('.tmp', { recursive: true });
  const root = mkdtempSync(join('.tmp', 'arrows-'));
  try {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, 'tsconfig.json'), '{}');
    for (const right of ['src/adapters/redis/right.ts', 'test/support/right.ts', 'deploy/setup/right.mjs']) {
      mkdirSync(join(root, right, '..'), { recursive: true });
      writeFileSync(join(root, right), 'export const y = 1;');
    }
    writeFileSync(join(root, path), source);
    const program = join(process.cwd(), depcruise);
    const { stdout, status } = spawnSync(program, ['--config', rules, path], { cwd: root, encoding: 'utf8' });
    expect(stdout).toContain(`error ${rule}: ${path}`);
    expect(status).not.toBe(0);
  } finally {
    rmSync(root, { recursive: true });
  }
});
