// @ts-check
// One line for every failed test or suite of a run: `node .ci/failures.mjs jest.json`.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** @typedef {{ fullName: string, status: string, failureMessages?: string[] | null }} Assertion */
/** @type {{ testResults: { name: string, status: string, message: string, assertionResults: Assertion[] }[] }} */
const { testResults } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
for (const { name, status, message, assertionResults } of testResults) {
  const file = relative('', name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  for (const { fullName, failureMessages } of failed)
    console.log(`failed: ${file}: ${fullName}: ${firstLine(failureMessages?.[0])}`);
  if (status === 'failed' && failed.length === 0) console.log(`failed: ${file}: the suite: ${firstLine(message)}`);
}

/** Without jest's headings (`● Test suite failed to run`). */
function firstLine(text = '') {
  const lines = stripVTControlCharacters(text).split('\n');
  return lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('●')) ?? 'no error is given';
}
