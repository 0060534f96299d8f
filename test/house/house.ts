/**
 * `npm run house`: how easy this code is to move into, in figures. The last line is one JSON object. Slow: it runs the unit
 * tests and, where it can be measured, the build of the media worker. `-- --quick` leaves both out (null).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { findOldWords } from '../architecture/vocabulary.ts';
import { filesThatName } from './filesThatName.ts';
import { fullestFolder, longestFile } from './folders.ts';

/** A command like others, on every edge: what it touches, a new one would touch. */
const sampleCommand = 'hold';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

const commandFiles = filesThatName(sampleCommand);
const oldWords = findOldWords();
console.log(`Files that name the command “${sampleCommand}”:\n  ${commandFiles.join('\n  ')}`);
for (const { path, line, word, say } of oldWords) console.log(`${path}:${line} “${word}”: say “${say}”`);

console.log(
  JSON.stringify({
    fullestFolder: fullestFolder(['src', 'workers']),
    longestFile: longestFile(['src', 'workers']),
    readmeBytes: statSync('README.md').size,
    oldWords: oldWords.length,
    filesOfACommand: commandFiles.length,
    unitSeconds: values.quick ? null : unitSeconds(),
    workerBuildRatio: values.quick ? null : workerBuildRatio(),
  }),
);

/** From the command to its end, as whoever types it waits. */
function unitSeconds(): number {
  const began = performance.now();
  const { status } = spawnSync('npm', ['run', '-s', 'test:unit'], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error('The unit tests fail; how long they take says nothing.');
  return Math.round((performance.now() - began) / 100) / 10;
}

/** Of today's recipe to mediasoup's own build, in one run. */
function workerBuildRatio(): number | null {
  const script = 'measure:worker-build';
  if (!(script in scripts)) return null;
  const { status, stdout } = spawnSync('npm', ['run', '-s', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm run ${script} failed.`);
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  return z.object({ workerBuildRatio: z.number() }).parse(JSON.parse(last)).workerBuildRatio;
}
