/** What the app knows of one user towards another. Each has a direction: `blocks` from Ann to Ben is Ann's block of Ben. */
import type { UserId } from '../kernel/ids.ts';

export const relationKinds = [
  'follows',
  'address_book',
  'blocks',
  /** Has written a direct message to them. */
  'wrote_to',
  /** Has accepted their message request. */
  'accepted',
] as const;
export type RelationKind = (typeof relationKinds)[number];

export interface RelationChange {
  readonly from: UserId;
  readonly kind: RelationKind;
  readonly to: UserId;
  readonly holds: boolean;
}

/**
 * Towards how many others one relation of a user may hold: more than anybody follows or knows, few enough that one user's
 * relations, at some 100 bytes each, stay below what a store notices.
 */
export const maxRelations = 100_000;
