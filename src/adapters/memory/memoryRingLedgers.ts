import type { UserId } from '../../domain/kernel/ids.ts';
import type { RingLedger } from '../../domain/people/ringLedger.ts';
import type { RingLedgers } from '../../ports/people/ringLedgers.ts';

export class MemoryRingLedgers implements RingLedgers {
  readonly #ledgers = new Map<UserId, RingLedger>();

  load(callerId: UserId): Promise<RingLedger | undefined> {
    return Promise.resolve(this.#ledgers.get(callerId));
  }

  save(callerId: UserId, { before, after }: { before: RingLedger | undefined; after: RingLedger }) {
    if (JSON.stringify(this.#ledgers.get(callerId)) !== JSON.stringify(before))
      return Promise.resolve('stale' as const);
    this.#ledgers.set(callerId, after);
    return Promise.resolve('saved' as const);
  }

  forget(callerId: UserId): Promise<void> {
    this.#ledgers.delete(callerId);
    return Promise.resolve();
  }
}
