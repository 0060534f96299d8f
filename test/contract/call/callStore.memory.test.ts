import { describe } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { MemoryCalls } from '../../../src/adapters/memory/memoryCalls.ts';
import { callFeedContract } from './callFeed.contract.ts';
import { callStoreContract, endedCallTtlMs } from './callStore.contract.ts';
import type { CallsUnderTest } from './callStore.contract.ts';
import { restoreContract } from './callStore.restore.contract.ts';
import { outboxContract } from './outbox.contract.ts';

// The domain stamps calls with the true time, and so must whoever forgets them.
const calls = new MemoryCalls({ clock: { now: Date.now }, endedCallTtlMs });
const under = (): CallsUnderTest => ({ store: calls, feed: calls, outbox: calls, pass: (ms) => wait(ms) });

describe('calls in memory', () => {
  callStoreContract(under);
  callFeedContract(under);
  outboxContract(under);
  restoreContract(under);
});
