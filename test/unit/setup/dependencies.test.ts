import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedStampPath, isStale, wantedStamp } from '../../../deploy/setup/dependencies.mjs';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'veilcast-test-'));
  await mkdir(join(root, 'node_modules'));
  await writeFile(join(root, 'package.json'), '{}');
  await writeFile(join(root, 'package-lock.json'), '{}');
});

afterEach(() => rm(root, { recursive: true }));

async function install(): Promise<void> {
  await writeFile(join(root, installedStampPath), await wantedStamp(root));
}

test('missing packages are stale', async () => {
  expect(await isStale(root)).toBe(true);
});

test('packages installed for these files are not', async () => {
  await install();
  expect(await isStale(root)).toBe(false);
});

test.each(['package.json', 'package-lock.json'])('a change of %s makes them stale', async (file) => {
  await install();
  await writeFile(join(root, file), '{ "name": "other" }');
  expect(await isStale(root)).toBe(true);
});

test('they are stale if node_modules is gone', async () => {
  await install();
  await rm(join(root, 'node_modules'), { recursive: true });
  expect(await isStale(root)).toBe(true);
});
