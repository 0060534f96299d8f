import type { UserId } from '../../domain/kernel/ids.ts';
import type { RingLedger } from '../../domain/people/ringLedger.ts';

/** How much each caller has rung. Deleted a day after the last attempt. */
export interface RingLedgers {
  load(callerId: UserId): Promise<RingLedger | undefined>;
  /** `stale`: another save came after `before` was loaded. */
  save(callerId: UserId, ledger: { before: RingLedger | undefined; after: RingLedger }): Promise<'saved' | 'stale'>;
  forget(callerId: UserId): Promise<void>;
}
