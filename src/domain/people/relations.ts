/**
 * What the app says of one user towards another. Each relation has a direction: `blocks` from Ann to Ben is Ann's block
 * of Ben.
 */
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
 * The maximum number of users that one relation of a user may name: more than anybody follows or knows, and at about
 * 100 bytes each still small for the store.
 */
export const maxRelations = 100_000;
