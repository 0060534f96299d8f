import type { Instant } from '../call/ids.ts';
import type { Timer } from '../call/timers.ts';

/** Timers that outlive every process. Scheduling the same timer twice makes one; cancelling a missing one does nothing. */
export interface LifecycleSchedule {
  schedule(timer: Timer, at: Instant): Promise<void>;
  cancel(timer: Timer): Promise<void>;
  /** Jobs waiting, delayed, active and failed, for the metrics. */
  depth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'failed', number>>>;
}
