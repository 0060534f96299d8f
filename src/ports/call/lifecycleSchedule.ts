import type { CallId, Instant } from '../../domain/kernel/ids.ts';

/**
 * When to check each call for passed deadlines; survives every process. Every method throws `CallError('unavailable')`
 * if the store cannot be reached.
 */
export interface LifecycleSchedule {
  /** Schedules a check of the call at `at`, unless an earlier one is scheduled. Safe to repeat. */
  look(callId: CallId, at: Instant): Promise<void>;
  /** Cancels the check of the call. Safe to repeat. */
  rest(callId: CallId): Promise<void>;
  /** Jobs waiting, delayed, active and failed, for the metrics. */
  depth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'failed', number>>>;
}
