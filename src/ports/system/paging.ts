/** One page of a list in the order of ids: an entry that exists throughout is on exactly one page. */
export interface PageOf<Id> {
  /** The page begins after this id, whether it still exists or not. */
  readonly after?: Id | undefined;
  /** Maximum of entries to look at: the page may be shorter, or empty, and not be the last. */
  readonly limit: number;
}
