/** What the store can still take. What ends something is always tried. */

/** From what is refused first to what is refused last. */
export const storeWork = ['new call', 'new participant', 'other change'] as const;
export type StoreWork = (typeof storeWork)[number];

export interface StoreCondition {
  /** Throws `overloaded` when the store is nearly full, `unavailable` when it cannot be written. */
  mustTake(work: StoreWork): void;
}
