/** What the app knows of one user towards another. Each has a direction: `blocks` from Ann to Ben is Ann's block of Ben. */
import type { UserId } from './ids.ts';

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
