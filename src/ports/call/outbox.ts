import type { Transition } from './callStore.ts';

export interface OutboxEntry {
  readonly id: string;
  readonly transition: Pick<Transition, 'call' | 'events' | 'effects'>;
}

/** What saved transitions still owe the outside: kept until `done`, taken over from a reader that died. */
export interface Outbox {
  /** Waits up to `waitMs` for entries. An entry that another reader took `takeOverMs` ago and has not finished is given again. */
  take(request: { reader: string; max: number; waitMs: number; takeOverMs: number }): Promise<readonly OutboxEntry[]>;
  /** The entry cannot be carried out: it comes no more, and people can see that there was one. */
  setAside(entry: OutboxEntry): Promise<void>;
  done(entryIds: readonly string[]): Promise<void>;
}
