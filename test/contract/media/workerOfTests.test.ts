/** The media worker that set-up built for these tests is the one that production runs. */
import { expect, test } from '@jest/globals';
import { version } from 'mediasoup';
import { mediaWorkerRecipe } from '../../../config/media.ts';
import { isOfRecipe, workerOrigin } from '../../../src/adapters/mediasoup/workers/workerOrigin.ts';

test('the worker used in tests is built by the recipe', async () => {
  const worker = await workerOrigin(process.env['MEDIASOUP_WORKER_BIN']);
  expect(worker).toEqual({ origin: 'recipe', recipe: mediaWorkerRecipe, version });
  expect(isOfRecipe(worker, mediaWorkerRecipe)).toBe(true);
});
