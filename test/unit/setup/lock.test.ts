import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../../deploy/setup/lock.mjs';
import { waitFor } from '../../support/waitFor.ts';

let path: string;

beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'veilcast-test-')), 'lock');
});

test('of two at once the second waits for the first and says so', async () => {
  const told: string[] = [];
  await Promise.all(
    ['first', 'second'].map((name) =>
      withLock(
        path,
        async () => {
          told.push('begins');
          await waitFor('the other to wait', () => told.some((each) => each.includes('waits')));
          told.push('ends');
        },
        (acquire) => {
          told.push(`${name} waits`);
          return acquire();
        },
      ),
    ),
  );
  expect(told.filter((each) => !each.includes('waits'))).toEqual(['begins', 'ends', 'begins', 'ends']);
  expect(told.filter((each) => each.includes('waits'))).toHaveLength(1);
});

test('failing work releases the lock', async () => {
  await expect(withLock(path, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
});

test('the lock of a killed holder is taken over', async () => {
  await writeFile(path, '');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(path, longAgo, longAgo);
  expect(await withLock(path, () => Promise.resolve('done'))).toBe('done');
  await rm(path, { force: true });
});
