// @ts-check
// The slowest tests of a run: `node .ci/slowest.mjs jest.json`.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const shown = 20;

/** @type {{ testResults: { name: string, assertionResults: { fullName: string, duration?: number | null }[] }[] }} */
const { testResults } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const tests = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ fullName, duration }) => ({ ms: duration ?? 0, fullName, file: relative('', name) })),
);
const slowest = tests.sort((one, other) => other.ms - one.ms).slice(0, shown);
const allMs = tests.reduce((sum, { ms }) => sum + ms, 0);
console.log(`The ${slowest.length} slowest of ${tests.length} tests, which took ${Math.round(allMs / 1000)} s:`);
for (const { ms, file, fullName } of slowest)
  console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${file}: ${fullName}`);
