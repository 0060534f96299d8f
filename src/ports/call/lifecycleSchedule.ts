import type { CallId, Instant } from '../../domain/kernel/ids.ts';

/** When each call is to be looked at next; outlives every process. */
export interface LifecycleSchedule {
  /** The call is looked at then, or earlier when an earlier look is planned. Safe to repeat. */
  look(callId: CallId, at: Instant): Promise<void>;
  /** Nobody need look at the call any more. Safe to repeat. */
  rest(callId: CallId): Promise<void>;
  /** Jobs waiting, delayed, active and failed, for the metrics. */
  depth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'failed', number>>>;
}
