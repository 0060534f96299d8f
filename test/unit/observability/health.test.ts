import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Readiness } from '../../../src/observability/health.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const never = () => new Promise<never>(() => undefined);

test('ready if every check passes', async () => {
  const readiness = new Readiness({ checks: { store: () => Promise.resolve('PONG'), media: () => Promise.resolve() } });
  expect(await readiness.failing()).toEqual([]);
});

test('names checks that reject, throw or hang, within the limit', async () => {
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
  let failing: readonly string[] | undefined;
  void readiness.failing().then((names) => (failing = names));
  await jest.advanceTimersByTimeAsync(19);
  expect(failing).toBeUndefined();
  // One turn more is left for answers that wait in their sockets.
  await jest.advanceTimersByTimeAsync(2);
  expect(failing).toEqual(['store', 'queue', 'media']);
});
