/**
 * `npm run compare:contracts -- REVISION`: how OpenAPI, AsyncAPI, metrics, error codes and settings of this checkout differ
 * from those of a revision, beyond the table of changed names in CHANGELOG.md. Texts for people are not compared. The last
 * line is one JSON object: how many lines differ in each. Ends with 1 when any does.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkOut, contractNames, contractsOf } from './contractsOf.ts';
import { announcedChanges, difference } from './difference.ts';

const [revision] = process.argv.slice(2);
if (revision === undefined) {
  console.error('Name the revision to compare with: npm run compare:contracts -- 0fe3418');
  process.exit(2);
}

mkdirSync('.tmp', { recursive: true });
const scratch = mkdtempSync(join('.tmp', 'contracts-'));
try {
  const folder = join(scratch, 'revision');
  checkOut(revision, folder);
  const before = await contractsOf(folder, join(scratch, 'before'));
  const now = await contractsOf('.', join(scratch, 'now'));
  const changes = announcedChanges(readFileSync('CHANGELOG.md', 'utf8'));
  const differing = contractNames.map((name) => {
    const lines = difference(before[name], now[name], changes);
    if (lines.length > 0) console.log(`${name}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    return [name, lines.length] as const;
  });
  console.log(JSON.stringify({ revision, announced: changes.length, ...Object.fromEntries(differing) }));
  process.exitCode = differing.every(([, lines]) => lines === 0) ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true });
}
