/** What the store can still take. Work that ends something is always tried. */

/** From the first refused to the last refused. */
export const storeWork = ['new call', 'new participant', 'other change'] as const;
export type StoreWork = (typeof storeWork)[number];

export interface StoreCondition {
  /** Throws `overloaded` if the store is nearly full, `unavailable` if it takes no writes. */
  mustTake(work: StoreWork): void;
}
