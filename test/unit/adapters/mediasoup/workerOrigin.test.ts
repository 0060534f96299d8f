import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { version } from 'mediasoup';
import { mediaWorkerRecipe } from '../../../../config/media.ts';
import { notePrebuilt } from '../../../../deploy/run/workerCache.mjs';
import { marking, revision } from '../../../../deploy/worker/recipe.mjs';
import { isOfRecipe, workerOrigin } from '../../../../src/adapters/mediasoup/workers/workerOrigin.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilcast-origin-'));
  path = join(folder, 'mediasoup-worker');
});
afterEach(() => rm(folder, { recursive: true }));

test('the release needs what the recipe builds', () => {
  expect(mediaWorkerRecipe).toBe(revision);
});

test('a binary built by the recipe is recognised anywhere; an older one is not accepted', async () => {
  await writeFile(path, Buffer.from(`\u0000…${marking(version).to}\u0000`, 'latin1'));
  expect(isOfRecipe(await workerOrigin(path), mediaWorkerRecipe)).toBe(true);
  expect(isOfRecipe(await workerOrigin(path), mediaWorkerRecipe + 1)).toBe(false);
  await writeFile(path, marking('3.0.0').to);
  expect(isOfRecipe(await workerOrigin(path), mediaWorkerRecipe)).toBe(false);
});

test('a ready-made binary is recognised by the note beside it, and only that exact one', async () => {
  await writeFile(path, 'ready-made');
  await notePrebuilt(path);
  expect(await workerOrigin(path)).toEqual({ origin: 'prebuilt', recipe: 0, version });
  await writeFile(path, 'another');
  expect(await workerOrigin(path)).toMatchObject({ origin: 'given' });
});

test('a binary without any note counts as the operator’s own', async () => {
  await copyFile('/bin/false', path);
  expect(await workerOrigin(path)).toEqual({ origin: 'given', recipe: 0, version: 'unknown' });
  await writeFile(`${path}.origin.json`, 'no JSON');
  expect(await workerOrigin(path)).toMatchObject({ origin: 'given' });
  await expect(workerOrigin(join(folder, 'none'))).rejects.toThrow('ENOENT');
});
