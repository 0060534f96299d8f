/** What every LifecycleSchedule must do, with whoever looks at the calls. */
import { expect, test } from '@jest/globals';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import type { LifecycleSchedule } from '../../../src/ports/call/lifecycleSchedule.ts';
import { waitFor } from '../../support/waitFor.ts';
import { newCallId } from './callStore.contract.ts';

export interface ScheduleUnderTest {
  readonly schedule: LifecycleSchedule;
  /** Every call that was looked at, in order. */
  readonly looked: readonly CallId[];
  /** When the next look at a call finds that it is to be looked at again; taken out by that look. */
  readonly next: Map<CallId, number>;
  readonly now: () => number;
  /** The fake clock's step, called while waiting; nothing where time is real. */
  readonly tick: () => Promise<void>;
}

export function lifecycleScheduleContract(under: () => ScheduleUnderTest): void {
  const looks = (callId: CallId): number => under().looked.filter((one) => one === callId).length;
  const isLookedAt = (callId: CallId, times = 1) =>
    waitFor(`look ${times} at a call`, async () => {
      await under().tick();
      return looks(callId) >= times;
    });

  test('a call is checked once, not before its time', async () => {
    const { schedule, now } = under();
    const callId = newCallId();
    const at = now() + 200;
    await schedule.look(callId, at);
    expect(await schedule.depth()).toMatchObject({ delayed: 1 });
    await isLookedAt(callId);
    expect(now()).toBeGreaterThanOrEqual(at);
    const later = newCallId();
    await schedule.look(later, now() + 50);
    await isLookedAt(later);
    expect(looks(callId)).toBe(1);
  });

  test('a check that is overdue runs at once', async () => {
    const { schedule, now } = under();
    const callId = newCallId();
    await schedule.look(callId, now() - 60_000);
    await isLookedAt(callId);
  });

  test('a call has one scheduled check: an earlier one replaces a later one, never the reverse', async () => {
    const { schedule, now } = under();
    const [sooner, stays] = [newCallId(), newCallId()];
    const [soon, late] = [now() + 150, now() + 600_000];
    await schedule.look(sooner, late);
    await schedule.look(sooner, soon);
    await schedule.look(stays, soon);
    await schedule.look(stays, late);
    expect(await schedule.depth()).toMatchObject({ delayed: 2 });
    await Promise.all([isLookedAt(sooner), isLookedAt(stays)]);
    await waitFor('no look to be left', async () => (await schedule.depth()).delayed === 0);
    expect([sooner, stays].map(looks)).toEqual([1, 1]);
  });

  test('a check that finds a later deadline is scheduled again, and can be moved forward meanwhile', async () => {
    const { schedule, next, now } = under();
    const [again, hastened] = [newCallId(), newCallId()];
    const at = now() + 300;
    next.set(again, at);
    next.set(hastened, now() + 600_000);
    await schedule.look(again, now());
    await schedule.look(hastened, now());
    await Promise.all([isLookedAt(again), isLookedAt(hastened)]);
    await waitFor('both to be put off', async () => (await schedule.depth()).delayed === 2);
    await schedule.look(hastened, now() + 20);
    await Promise.all([isLookedAt(again, 2), isLookedAt(hastened, 2)]);
    expect(now()).toBeGreaterThanOrEqual(at);
  });

  test('a cancelled check does not run; cancelling a running or finished one changes nothing', async () => {
    const { schedule, now } = under();
    const [resting, kept] = [newCallId(), newCallId()];
    // Far off, so that no slow machine reaches it before it is taken back; that it was is seen by what is left.
    await schedule.look(resting, now() + 60_000);
    await schedule.look(kept, now() + 150);
    await schedule.rest(resting);
    await schedule.rest(resting);
    await schedule.rest(newCallId());
    await isLookedAt(kept);
    await schedule.rest(kept);
    expect(looks(resting)).toBe(0);
    await waitFor('nothing to be left', async () => {
      const { waiting, delayed, active, failed } = await schedule.depth();
      return waiting + delayed + active + failed === 0;
    });
  });
}
