import type { UserId } from '../../domain/kernel/ids.ts';
import type { RingLedger } from '../../domain/people/ringLedger.ts';

/** What each caller's ringing has used up. Forgotten a day after the last attempt. */
export interface RingLedgers {
  load(callerId: UserId): Promise<RingLedger | undefined>;
  /** `stale`: somebody else has saved since `before` was loaded. */
  save(callerId: UserId, ledger: { before: RingLedger | undefined; after: RingLedger }): Promise<'saved' | 'stale'>;
  forget(callerId: UserId): Promise<void>;
}
