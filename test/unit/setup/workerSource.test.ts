import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mends } from '../../../deploy/worker/recipe.mjs';
import { applyMend } from '../../../deploy/setup/workerBuild.mjs';
import { prebuiltAddress } from '../../../deploy/setup/workerDownload.mjs';
import { isDebianLike } from '../../../deploy/setup/debian.mjs';

const mend = { file: 'source.cpp', from: 'a == B', to: 'a & B' };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilcast-test-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('a patch replaces its string', async () => {
  await writeFile(join(folder, 'source.cpp'), 'if (a == B) return;');
  await applyMend(folder, mend);
  expect(await readFile(join(folder, 'source.cpp'), 'utf8')).toBe('if (a & B) return;');
});

test.each([
  ['is missing', 'if (a & B) return;'],
  ['occurs twice', 'a == B; a == B;'],
])('a patch fails loudly if its string %s', async (_, source) => {
  await writeFile(join(folder, 'source.cpp'), source);
  await expect(applyMend(folder, mend)).rejects.toThrow('update deploy/worker/recipe.mjs');
});

test.each(mends)('the patch of $file fits the installed mediasoup', async ({ file, from }) => {
  const source = await readFile(join('node_modules/mediasoup/worker', file), 'utf8');
  expect(source.split(from)).toHaveLength(2);
});

test('a prebuilt worker is searched where the package says', () => {
  const address = prebuiltAddress({ version: '1.2.3', repository: { url: 'git+https://host.example/a/b.git' } });
  expect(address).toMatch(
    /^https:\/\/host\.example\/a\/b\/releases\/download\/1\.2\.3\/mediasoup-worker-1\.2\.3-.+\.tgz$/,
  );
});

test.each([
  ['ID=debian\nVERSION_ID="12"', true],
  ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian', true],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"', true],
  ['ID=fedora\nID_LIKE="rhel"', false],
  ['', false],
])('%j is a Debian family: %s', (osRelease, expected) => {
  expect(isDebianLike(osRelease)).toBe(expected);
});
