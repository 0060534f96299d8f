/** How a node that stops leaves its calls. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CallId } from '../../domain/kernel/ids.ts';
import { callsOnNode, ownsCalls } from '../../commands/cluster/callsOnNode.ts';
import { handOverCalls } from '../../commands/cluster/handOver.ts';
import { runCommand } from '../../commands/call/running/runCommand.ts';
import type { Dependencies } from './dependencies.ts';

/** Other nodes take the calls, people move, and calls that no node could take end: all before the deadline. */
export async function drainCalls(dependencies: Dependencies): Promise<void> {
  const deadline = performance.now() + dependencies.config.drainTimeoutMs;
  await handedOver(dependencies, deadline);
  await drained(dependencies, deadline);
  await endOwnCalls(dependencies);
}

async function handedOver(dependencies: Dependencies, deadline: number): Promise<void> {
  const {
    state,
    store,
    callIndex,
    owners,
    metrics,
    media: broadcasts,
    feed,
    nodeId,
    parting,
    watch,
    useCases,
    log,
  } = dependencies;
  try {
    const left = await handOverCalls(
      {
        store,
        callIndex,
        owners,
        clock: state.clock,
        metrics,
        broadcasts,
        feed,
        nodeId,
        parting,
        log,
        placeCall: () => watch.placeCall(nodeId),
        follow: (change) => useCases.followChange(change),
        pause: (ms) => delay(Math.max(0, ms)),
        ticks: () => performance.now(),
      },
      deadline,
    );
    if (left > 0) log.info('no other node can take these calls', { count: left });
  } catch (error) {
    log.warn('failed to hand over calls', { error });
  }
}

const lookEveryMs = 200;
const notifiedWithinMs = 1000;

async function drained({ state, nodeId, log }: Dependencies, deadline: number): Promise<void> {
  try {
    while ((await ownsCalls(state.callIndex, nodeId)) && performance.now() < deadline) await delay(lookEveryMs);
  } catch (error) {
    log.warn('failed to check which calls continue', { error });
  }
}

/** Calls left after the wait end with this node. If that fails, the sweep ends them when the lease has expired. */
async function endOwnCalls({
  state,
  store,
  callIndex,
  owners,
  feed,
  metrics,
  nodeId,
  log,
}: Dependencies): Promise<void> {
  const unsent = new Set<CallId>();
  try {
    // Clients are notified by the same feed: once this node has received the change, they have too.
    const stop = await feed.onNode(nodeId, ({ call }) => unsent.delete(call.id));
    for await (const callId of callsOnNode(callIndex, nodeId)) {
      unsent.add(callId);
      await runCommand({ store, owners, metrics, clock: state.clock }, callId, { name: 'nodeLost', nodeId });
    }
    const deadline = performance.now() + notifiedWithinMs;
    while (unsent.size > 0 && performance.now() < deadline) await delay(lookEveryMs / 10);
    await stop();
  } catch (error) {
    log.warn('failed to end the calls of this node: the sweep will end them', { error });
  }
}
