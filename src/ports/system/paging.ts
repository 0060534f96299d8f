/** One page of a list in the order of its ids: whatever is there throughout is on exactly one page. */
export interface PageOf<Id> {
  /** The page begins behind this id, whether it is still there or not. */
  readonly after?: Id | undefined;
  /** At most so many are looked at: the page may be shorter, or empty, and not be the last. */
  readonly limit: number;
}
