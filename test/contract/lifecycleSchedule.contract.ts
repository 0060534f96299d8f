/** What every LifecycleSchedule must do, with whoever fires its timers. */
import { expect, test } from '@jest/globals';
import type { Timer } from '../../src/call/timers.ts';
import type { LifecycleSchedule } from '../../src/ports/lifecycleSchedule.ts';
import { randomTail } from '../support/redis.ts';
import { waitFor } from '../support/waitFor.ts';

export interface ScheduleUnderTest {
  readonly schedule: LifecycleSchedule;
  /** Every timer that fired, in order. */
  readonly fired: readonly Timer[];
  readonly now: () => number;
  /** The fake clock's step, called while waiting; nothing where time is real. */
  readonly tick: () => Promise<void>;
}

export const ringTimer = (era = 1): Timer => ({ kind: 'ring', callId: `call_${randomTail()}`, era });

export function lifecycleScheduleContract(under: () => ScheduleUnderTest): void {
  const firings = (timer: Timer): number =>
    under().fired.filter((one) => JSON.stringify(one) === JSON.stringify(timer)).length;
  const hasFired = (timer: Timer) =>
    waitFor(`${timer.kind} to fire`, async () => {
      await under().tick();
      return firings(timer) > 0;
    });

  test('a timer fires once, not before its time', async () => {
    const { schedule, now } = under();
    const timer = ringTimer();
    const at = now() + 200;
    await schedule.schedule(timer, at);
    expect(await schedule.depth()).toMatchObject({ delayed: 1 });
    await hasFired(timer);
    expect(now()).toBeGreaterThanOrEqual(at);
    const later = ringTimer();
    await schedule.schedule(later, now() + 50);
    await hasFired(later);
    expect(firings(timer)).toBe(1);
  });

  test('one that was due in the past fires at once', async () => {
    const { schedule, now } = under();
    const timer = ringTimer();
    await schedule.schedule(timer, now() - 60_000);
    await hasFired(timer);
  });

  test('the same timer twice is one; another era or participant is another', async () => {
    const { schedule, now } = under();
    const { callId } = ringTimer();
    const timers: readonly Timer[] = [
      { kind: 'grace', callId, userId: 'a-1', era: 1 },
      { kind: 'grace', callId, userId: 'a', era: 1 },
      { kind: 'grace', callId, userId: 'a', era: 2 },
      { kind: 'longest', callId, era: 1 },
    ];
    const at = now() + 150;
    for (const timer of [...timers, ...timers]) await schedule.schedule(timer, at);
    expect(await schedule.depth()).toMatchObject({ delayed: timers.length });
    for (const timer of timers) await hasFired(timer);
    const last = ringTimer();
    await schedule.schedule(last, now() + 20);
    await hasFired(last);
    expect(timers.map(firings)).toEqual([1, 1, 1, 1]);
  });

  test('a cancelled timer does not fire; cancelling one that is missing or over is nothing', async () => {
    const { schedule, now } = under();
    const [cancelled, kept] = [ringTimer(), ringTimer()];
    await schedule.schedule(cancelled, now() + 100);
    await schedule.schedule(kept, now() + 150);
    await schedule.cancel(cancelled);
    await schedule.cancel(cancelled);
    await schedule.cancel(ringTimer());
    await hasFired(kept);
    await schedule.cancel(kept);
    expect(firings(cancelled)).toBe(0);
    expect(await schedule.depth()).toEqual({ waiting: 0, delayed: 0, active: 0, failed: 0 });
  });
}
