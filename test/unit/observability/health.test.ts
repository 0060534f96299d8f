import { expect, test } from '@jest/globals';
import { Readiness } from '../../../src/observability/health.ts';
import { startStopwatch } from '../../support/stopwatch.ts';

const never = () => new Promise<never>(() => undefined);

test('ready when every check answers', async () => {
  const readiness = new Readiness({ checks: { store: () => Promise.resolve('PONG'), media: () => Promise.resolve() } });
  expect(await readiness.failing()).toEqual([]);
});

test('names those that reject, throw or hang, within the limit', async () => {
  const readiness = new Readiness({
    checks: {
      store: never,
      fine: () => Promise.resolve(),
      queue: () => Promise.reject(new Error('away')),
      media: () => {
        throw new Error('no worker');
      },
    },
    limitMs: 20,
  });
  const watch = startStopwatch();
  expect(await readiness.failing()).toEqual(['store', 'queue', 'media']);
  expect(watch.stop()).toBeLessThan(500);
});
