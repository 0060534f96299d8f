import type { UserId } from '../../domain/kernel/ids.ts';
import type { RingLedger } from '../../domain/people/ringLedger.ts';

/**
 * How much each caller has rung. Deleted a day after the last attempt. Every method throws `CallError('unavailable')`
 * if the store cannot be reached.
 */
export interface RingLedgers {
  /** Undefined without an attempt within a day. */
  load(callerId: UserId): Promise<RingLedger | undefined>;
  /** `stale`: another save came after `before` was loaded. */
  save(callerId: UserId, ledger: { before: RingLedger | undefined; after: RingLedger }): Promise<'saved' | 'stale'>;
  /** The user is erased. Safe to repeat. */
  forget(callerId: UserId): Promise<void>;
}
