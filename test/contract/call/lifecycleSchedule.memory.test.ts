import { describe } from '@jest/globals';
import { MemorySchedule } from '../../../src/adapters/memory/memorySchedule.ts';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { lifecycleScheduleContract } from './lifecycleSchedule.contract.ts';

let now = 1_000_000;
const schedule = new MemorySchedule({ clock: { now: () => now } });
const looked: CallId[] = [];
const next = new Map<CallId, number>();

async function tick(): Promise<void> {
  now += 10;
  await schedule.lookAtDue((callId) => {
    looked.push(callId);
    const at = next.get(callId);
    next.delete(callId);
    return Promise.resolve(at);
  });
}

describe('checks of calls in memory', () => {
  lifecycleScheduleContract(() => ({ schedule, looked, next, now: () => now, tick }));
});
