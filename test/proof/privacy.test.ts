/** The proof as one of the tests, where networks can be made. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { bundleProgram } from '../programs/bundleProgram.mjs';
import { killWithUs } from '../support/processes/killWithUs.ts';
import { whyNoNetworks } from '../support/networks/networks.ts';

/** What the proof gives itself, and time to take its networks away. */
const longestMs = 330_000;
/** A generous bound, since tests share their machine. `npm run prove:privacy` holds each change of network to 2 s. */
const longestGapMs = 15_000;
const why = await whyNoNetworks();

if (why === undefined) {
  test('nobody learns anybody’s address: every packet, message, key and log line of every scenario', prove, longestMs);
} else {
  console.warn(
    `NOT PROVEN HERE that nobody learns anybody’s address: ${why}. Run \`npm run prove:privacy\` elsewhere.`,
  );
  test.skip(`NOT PROVEN HERE that nobody learns anybody’s address: ${why}`, () => undefined);
}

async function prove(): Promise<void> {
  const program = await bundleProgram(resolve('test/proof/privacy.ts'));
  try {
    const { code, said, told } = await run(program);
    if (code !== 0) throw new Error(`the proof ended with ${code}:\n${told}`);
    const summary: unknown = JSON.parse(said.trim().split('\n').at(-1) ?? '');
    expect(summary).toMatchObject({ failed: 0 });
    const report = await readFile('.tmp/proof/report.html', 'utf8');
    expect(report).toContain('<!doctype html>');
    expect(summary).toEqual(enough);
  } finally {
    await rm(program, { force: true });
  }
}

/** As much as the promise of the README. */
const atLeast = (least: number) => ({
  asymmetricMatch: (value: unknown) => typeof value === 'number' && value >= least,
});
const enough = expect.objectContaining({
  scenarios: atLeast(11),
  assertions: atLeast(300),
  packets: atLeast(10_000),
  bytesSearched: atLeast(1_000_000),
  seeded: atLeast(90),
});

async function run(program: string): Promise<{ code: number | null; said: string; told: string }> {
  const child = spawn(process.execPath, ['--enable-source-maps', program, `--longest-gap=${longestGapMs}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killWithUs(child);
  child.ref();
  let [said, told] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  await once(child, 'close');
  return { code: child.exitCode, said, told };
}
