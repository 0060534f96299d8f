import type { CallId, UserId } from '../../../domain/kernel/ids.ts';
import type { ViewersAnywhere, ViewersPage, Watching } from '../../../ports/media/viewers.ts';

export interface ViewersRequest extends ViewersPage {
  readonly callId: CallId;
}
export interface ListedViewers {
  readonly viewers: readonly Watching[];
  /** The next page begins after this user. Absent on the last page. */
  readonly next?: UserId;
}

/** A page of the viewers of a call now. Throws `unavailable` if a node does not answer. */
export async function listViewers(
  { watching }: { readonly watching: ViewersAnywhere },
  { callId, after, limit }: ViewersRequest,
): Promise<ListedViewers> {
  // One extra entry shows whether there is another page.
  const found = await watching.list(callId, { after, limit: limit + 1 });
  const viewers = found.slice(0, limit);
  const last = viewers.at(-1);
  return found.length > limit && last !== undefined ? { viewers, next: last.userId } : { viewers };
}
