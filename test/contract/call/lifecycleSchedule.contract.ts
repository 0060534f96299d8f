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

/** No test comes near it, however slow the machine: what is scheduled for then can be counted. */
const farOffMs = 600_000;

export function lifecycleScheduleContract(under: () => ScheduleUnderTest): void {
  const looks = (callId: CallId): number => under().looked.filter((one) => one === callId).length;
  const isLookedAt = (callId: CallId, times = 1) =>
    waitFor(`check ${times} of a call`, async () => {
      await under().tick();
      return looks(callId) >= times;
    });
  const nothingIsLeft = () =>
    waitFor('nothing to be left', async () => {
      const { waiting, delayed, active, failed } = await under().schedule.depth();
      return waiting + delayed + active + failed === 0;
    });

  test('a call is checked once, not before its time', async () => {
    const { schedule, now } = under();
    const [callId, farOff] = [newCallId(), newCallId()];
    const at = now() + 200;
    await schedule.look(farOff, now() + farOffMs);
    await schedule.look(callId, at);
    await isLookedAt(callId);
    expect(now()).toBeGreaterThanOrEqual(at);
    const later = newCallId();
    await schedule.look(later, now() + 50);
    await isLookedAt(later);
    expect([callId, farOff].map(looks)).toEqual([1, 0]);
    expect(await schedule.depth()).toMatchObject({ delayed: 1 });
    await schedule.rest(farOff);
  });

  test('a check that is overdue runs at once', async () => {
    const { schedule, now } = under();
    const callId = newCallId();
    await schedule.look(callId, now() - 60_000);
    await isLookedAt(callId);
  });

  test('a call has one scheduled check, however often one is scheduled', async () => {
    const { schedule, now } = under();
    const callId = newCallId();
    for (const times of [2, 1, 3]) await schedule.look(callId, now() + times * farOffMs);
    expect(await schedule.depth()).toMatchObject({ delayed: 1 });
    await schedule.rest(callId);
    expect(await schedule.depth()).toMatchObject({ delayed: 0 });
  });

  test('an earlier check replaces a later one, never the reverse', async () => {
    const { schedule, now } = under();
    const [sooner, stays] = [newCallId(), newCallId()];
    const [soon, late] = [now() + 150, now() + farOffMs];
    await schedule.look(sooner, late);
    await schedule.look(sooner, soon);
    await schedule.look(stays, soon);
    await schedule.look(stays, late);
    await Promise.all([isLookedAt(sooner), isLookedAt(stays)]);
    // On a slow machine the first check may have run before the later one was scheduled.
    await schedule.rest(stays);
    await nothingIsLeft();
    expect([sooner, stays].map(looks)).toEqual([1, 1]);
  });

  test('a check that finds a later deadline is scheduled again', async () => {
    const { schedule, next, now } = under();
    const callId = newCallId();
    const at = now() + 300;
    next.set(callId, at);
    await schedule.look(callId, now());
    await isLookedAt(callId, 2);
    expect(now()).toBeGreaterThanOrEqual(at);
  });

  test('a check that was scheduled again can be moved forward', async () => {
    const { schedule, next, now } = under();
    const callId = newCallId();
    next.set(callId, now() + farOffMs);
    await schedule.look(callId, now());
    await isLookedAt(callId);
    await waitFor('it to be scheduled again', async () => (await schedule.depth()).delayed === 1);
    await schedule.look(callId, now() + 20);
    await isLookedAt(callId, 2);
  });

  test('a cancelled check does not run; cancelling a running or finished one changes nothing', async () => {
    const { schedule, now } = under();
    const [resting, kept] = [newCallId(), newCallId()];
    await schedule.look(resting, now() + farOffMs);
    await schedule.look(kept, now() + 150);
    await schedule.rest(resting);
    await schedule.rest(resting);
    await schedule.rest(newCallId());
    await isLookedAt(kept);
    await schedule.rest(kept);
    expect(looks(resting)).toBe(0);
    await nothingIsLeft();
  });
}
