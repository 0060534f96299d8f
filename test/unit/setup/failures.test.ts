/** What `.ci/run` prints of a failed run. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

async function printedFor(testResults: readonly unknown[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'failures-'));
  const file = join(folder, 'jest.json');
  await writeFile(file, JSON.stringify({ testResults }));
  const printed = execFileSync(process.execPath, ['.ci/failures.mjs', file], { encoding: 'utf8' });
  await rm(folder, { recursive: true });
  return printed;
}

const passed = { fullName: 'a call rings', status: 'passed', failureMessages: [] };

test('each failed test and suite is one line: its file, its name and the first line of its error', async () => {
  const error =
    'Error: \u001b[2mexpect(\u001b[22m\u001b[31mreceived\u001b[39m\u001b[2m).\u001b[22mtoBe(2)\n\n    at x.ts:7';
  const printed = await printedFor([
    { name: resolve('test/unit/good.test.ts'), status: 'passed', message: '', assertionResults: [passed] },
    {
      name: resolve('test/unit/bad.test.ts'),
      status: 'failed',
      message: `\u001b[1m● a call ends\n\n${error}`,
      assertionResults: [
        passed,
        { fullName: 'a call ends', status: 'failed', failureMessages: [error] },
        { fullName: 'a call is held', status: 'failed', failureMessages: [] },
        { fullName: 'a call is left out', status: 'pending', failureMessages: [] },
      ],
    },
    {
      name: resolve('test/unit/broken.test.ts'),
      status: 'failed',
      message: "  \u001b[1m● \u001b[22mTest suite failed to run\n\n    Cannot find module './gone.ts'\n\n    at y.ts:1",
      assertionResults: [],
    },
  ]);
  expect(printed).toBe(
    [
      'failed: test/unit/bad.test.ts: a call ends: Error: expect(received).toBe(2)',
      'failed: test/unit/bad.test.ts: a call is held: no error is given',
      "failed: test/unit/broken.test.ts: the suite: Cannot find module './gone.ts'",
      '',
    ].join('\n'),
  );
});

test('a run without failures adds no line', async () => {
  expect(await printedFor([{ name: 'a.test.ts', status: 'passed', message: '', assertionResults: [passed] }])).toBe('');
});
