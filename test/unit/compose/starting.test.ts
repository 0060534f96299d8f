import { expect, test } from '@jest/globals';
import { CallError } from '../../../src/domain/kernel/errors.ts';
import { startPatiently, undone } from '../../../src/compose/process/starting.ts';
import { Logger } from '../../../src/observability/logger.ts';

const log = new Logger({ level: 'silent', name: 'test' });

test('a start that Redis did not answer is undone in reverse order and repeated', async () => {
  const told: string[] = [];
  let attempts = 0;
  const started = await startPatiently(
    async (undo) => {
      attempts += 1;
      for (const part of ['first', 'second']) undo.push(() => void told.push(`${part} ${attempts} stopped`));
      if (attempts === 1) throw new CallError('unavailable');
      return Promise.resolve(attempts);
    },
    { log },
  );
  expect(started).toBe(2);
  expect(told).toEqual(['second 1 stopped', 'first 1 stopped']);
});

test('an error that waiting cannot mend is reported at once', async () => {
  let attempts = 0;
  const start = () => {
    attempts += 1;
    return Promise.reject(new TypeError('a fault of ours'));
  };
  await expect(startPatiently(start, { log })).rejects.toThrow('a fault of ours');
  expect(attempts).toBe(1);
});

test('a Redis that never answers is reported with the remedy', async () => {
  const start = () => Promise.reject(new CallError('unavailable'));
  await expect(startPatiently(start, { log, forMs: 0 })).rejects.toThrow(
    'VEILCAST_REDIS_URL: Redis cannot be reached there',
  );
});

test('a start that is stopped is not repeated, and a step that cannot be undone blocks no other', async () => {
  const told: string[] = [];
  const stopping = new AbortController();
  const starting = startPatiently(
    (undo) => {
      undo.push(() => void told.push('stopped'));
      undo.push(() => Promise.reject(new Error('is gone already')));
      stopping.abort();
      return Promise.reject(new CallError('unavailable'));
    },
    { log, stopping: stopping.signal },
  );
  await expect(starting).rejects.toThrow('aborted');
  expect(told).toEqual(['stopped']);
});

test('a stop with one failing step does all the others and is not clean', async () => {
  const told: string[] = [];
  const steps = [() => void told.push('stopped'), () => Promise.reject(new Error('hangs'))];
  await expect(undone(steps, log)).rejects.toThrow('Some parts');
  expect(told).toEqual(['stopped']);
});
