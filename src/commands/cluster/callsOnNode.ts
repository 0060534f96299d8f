import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallStore } from '../../ports/call/callStore.ts';

/** Live calls whose broadcast the node owns, read page by page on demand. A call may come twice. */
export async function* callsOnNode(store: Pick<CallStore, 'callsOn'>, nodeId: NodeId): AsyncGenerator<CallId> {
  let page = await store.callsOn(nodeId);
  yield* page.callIds;
  while (page.next !== undefined) {
    page = await store.callsOn(nodeId, page.next);
    yield* page.callIds;
  }
}

export async function ownsCalls(store: Pick<CallStore, 'callsOn'>, nodeId: NodeId): Promise<boolean> {
  const { done } = await callsOnNode(store, nodeId).next();
  return done !== true;
}
