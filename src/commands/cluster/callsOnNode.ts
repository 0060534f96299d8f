import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';

/** Live calls whose broadcast the node owns, read page by page on demand. A call may come twice. */
export async function* callsOnNode(index: Pick<CallIndex, 'callsOn'>, nodeId: NodeId): AsyncGenerator<CallId> {
  let page = await index.callsOn(nodeId);
  yield* page.callIds;
  while (page.next !== undefined) {
    page = await index.callsOn(nodeId, page.next);
    yield* page.callIds;
  }
}

export async function ownsCalls(index: Pick<CallIndex, 'callsOn'>, nodeId: NodeId): Promise<boolean> {
  const { done } = await callsOnNode(index, nodeId).next();
  return done !== true;
}
