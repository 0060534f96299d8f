import type { CallId, Instant } from '../../domain/kernel/ids.ts';

/** When to look at each call next; survives every process. */
export interface LifecycleSchedule {
  /** Plans a look at the call at `at`, unless an earlier one is planned. Safe to repeat. */
  look(callId: CallId, at: Instant): Promise<void>;
  /** Cancels the look at the call. Safe to repeat. */
  rest(callId: CallId): Promise<void>;
  /** Jobs waiting, delayed, active and failed, for the metrics. */
  depth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'failed', number>>>;
}
