/**
 * A store that came back without its data has a new incarnation: calls missing from it were lost, and have not ended.
 */
export interface StoreIncarnation {
  /** The name of the current incarnation. */
  name(): Promise<string>;
  /** Whether the incarnation differs from the one that this process knows. Throws `unavailable`, like `name`. */
  isAnother(): Promise<boolean>;
  /** All that was lost before this incarnation is restored: it counts as known. */
  accept(name: string): void;
}
