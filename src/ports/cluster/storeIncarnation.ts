/** A store that came back without its data lives another life: what is missing then was lost, and has not ended. */
export interface StoreIncarnation {
  /** The name of the life of now. */
  name(): Promise<string>;
  /** Whether the store lives another life than the one that this process knows. */
  isAnother(): Promise<boolean>;
  /** What was lost before this life is put back: it is the one that is known. */
  accept(name: string): void;
}
