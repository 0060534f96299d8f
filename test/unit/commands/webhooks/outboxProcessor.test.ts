/** An entry of the outbox that can never be carried out is tried a few times, and then it is out of the way. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { MemoryCalls } from '../../../../src/adapters/memory/memoryCalls.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { ErrorCode } from '../../../../src/domain/kernel/errors.ts';
import { OutboxProcessor } from '../../../../src/commands/call/outboxProcessor.ts';
import { created, newNames } from '../../../contract/call/callStore.contract.ts';
import { advanceUntil } from '../../../support/advanceUntil.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function started(
  code: ErrorCode,
  calls = new MemoryCalls({ clock: { now: () => Date.now() }, endedCallTtlMs: 60_000 }),
) {
  const attempts: string[] = [];
  const told: string[] = [];
  const errors: string[] = [];
  const warnings: unknown[] = [];
  const bad = newNames();
  const processor = new OutboxProcessor({
    outbox: calls,
    calls,
    reader: 'r',
    takeOverMs: 1,
    schedule: {
      look: (callId) => {
        if (callId !== bad.callId) return Promise.resolve();
        attempts.push(callId);
        return Promise.reject(new CallError(code));
      },
      rest: () => Promise.resolve(),
    },
    keepRecord: () => Promise.resolve(),
    webhooks: {
      endpoints: () => Promise.resolve([]),
      enqueue: (_endpoints, { call }) => {
        told.push(call.id);
        return Promise.resolve([]);
      },
    },
    offer: () => undefined,
    metrics: { refused: () => undefined },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: (...words) => void warnings.push(words),
      error: (words) => void errors.push(words),
    },
  });
  return { calls, attempts, told, errors, warnings, bad, processor };
}

test('an entry that keeps failing is set aside and logged; its webhooks and all other entries are processed', async () => {
  const { calls, attempts, told, errors, bad, processor } = started('internal');
  const good = newNames();
  await calls.save(created(bad));
  await calls.save(created(good));
  processor.start();
  await advanceUntil('the entry to be set aside', () => errors.length > 0);
  expect(attempts).toHaveLength(5);
  expect(new Set(told)).toEqual(new Set([bad.callId, good.callId]));
  expect(await calls.take({ reader: 'other', max: 10, waitMs: 0, takeOverMs: 0 })).toEqual([]);
  const stopped = processor.stop(1_000);
  await jest.runAllTimersAsync();
  await stopped;
});

test('an unavailable store is waited for, however long that takes', async () => {
  const { calls, attempts, errors, warnings, bad, processor } = started('unavailable');
  await calls.save(created(bad));
  processor.start();
  await advanceUntil('more attempts than a broken entry gets', () => attempts.length > 6);
  expect(errors).toEqual([]);
  // Said once, and without a stack.
  expect(warnings).toEqual([['failed to process the outbox', { code: 'unavailable' }]]);
  const stopped = processor.stop(1_000);
  await jest.runAllTimersAsync();
  await stopped;
});
