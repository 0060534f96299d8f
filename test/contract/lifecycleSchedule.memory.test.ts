import { describe } from '@jest/globals';
import { MemorySchedule } from '../../src/adapters/memory/memorySchedule.ts';
import type { Timer } from '../../src/call/timers.ts';
import { lifecycleScheduleContract } from './lifecycleSchedule.contract.ts';

let now = 1_000_000;
const schedule = new MemorySchedule({ clock: { now: () => now } });
const fired: Timer[] = [];

async function tick(): Promise<void> {
  now += 10;
  await schedule.fireDue((timer) => {
    fired.push(timer);
    return Promise.resolve();
  });
}

describe('timers in memory', () => {
  lifecycleScheduleContract(() => ({ schedule, fired, now: () => now, tick }));
});
