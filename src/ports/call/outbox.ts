import type { Transition } from './callStore.ts';

export interface OutboxEntry {
  /** Of the entry, not of the call. */
  readonly id: string;
  readonly transition: Pick<Transition, 'call' | 'events' | 'effects'>;
}

/**
 * Work that saved transitions still require: kept until `done`, taken over from a reader that died. An entry may
 * be returned again after its work was done.
 */
export interface Outbox {
  /**
   * Waits up to `waitMs` for entries. An entry that another reader took `takeOverMs` ago and has not finished is
   * returned again.
   */
  take(request: { reader: string; max: number; waitMs: number; takeOverMs: number }): Promise<readonly OutboxEntry[]>;
  /** The entry cannot be processed: it is not returned again, and is kept for an operator. */
  setAside(entry: OutboxEntry): Promise<void>;
  /** The work of these entries is done. Safe to repeat. */
  done(entryIds: readonly string[]): Promise<void>;
}
