/**
 * A leaving node gives its calls to others, a few at a time. Participants join at the new owner while the broadcast
 * here continues, and leave here when they hear and see everything there.
 */
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import type { CallChange, CallFeed } from '../../ports/call/callFeed.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { Log } from '../../ports/system/log.ts';
import { callsOnNode } from './callsOnNode.ts';
import { eachOf } from '../../support/eachOf.ts';
import { failOverCall } from './failover.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface HandOverContext extends CommandContext {
  readonly callIndex: Pick<CallIndex, 'callsOn'>;
  readonly broadcasts: Pick<CallBroadcasts, 'tellToMove' | 'sessionsIn' | 'close'>;
  readonly feed: CallFeed;
  readonly nodeId: NodeId;
  /** Calls that are being handed over: their broadcasts here stay open meanwhile. */
  readonly parting: Set<CallId>;
  readonly placeCall: () => NodeId | undefined;
  readonly follow: (change: CallChange) => Promise<void>;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly ticks: () => number;
  readonly log: Log;
}

/** Few, so that the other nodes do not get everything at once. */
const atOnce = 8;
const lookEveryMs = 50;
/** After this time the next handovers start, while the slow participants continue moving. */
const turnMs = 2_000;

/** Until all have moved, or until `deadline` (on `ticks`). Returns how many calls no other node could take. */
export async function handOverCalls(context: HandOverContext, deadline: number): Promise<number> {
  const moving: Promise<void>[] = [];
  let left = 0;
  await eachOf(callsOnNode(context.callIndex, context.nodeId), atOnce, async (callId) => {
    // Listed twice.
    if (context.parting.has(callId)) return;
    const move = await handOver(context, callId, deadline).catch((error: unknown) => {
      context.log.warn('failed to hand over a call', { callId, error });
      return undefined;
    });
    if (move === undefined) {
      left += 1;
      return;
    }
    moving.push(move.over);
    // Close to the deadline, waiting for each call would leave the last ones behind.
    await Promise.race([move.over, context.pause(Math.min(turnMs, (deadline - context.ticks()) / 2))]);
  });
  await Promise.all(moving);
  return left;
}

/**
 * Undefined when no node can take the call. `over` resolves when nobody is left in the broadcast here, and it is
 * closed.
 */
async function handOver(
  context: HandOverContext,
  callId: CallId,
  deadline: number,
): Promise<{ readonly over: Promise<void> } | undefined> {
  const { broadcasts, parting, nodeId, placeCall, store, feed } = context;
  const call = await store.load(callId);
  if (call === undefined) return undefined;
  parting.add(callId);
  // From now on the owner's notifications come from another node.
  const stop = await feed.onCall(callId, (change) => {
    void context.follow(change).catch(() => undefined);
  });
  const end = async (): Promise<void> => {
    parting.delete(callId);
    await stop();
  };
  const moved = await failOverCall(context, callId, { from: nodeId, to: placeCall, handover: true }).catch(
    async (error: unknown) => {
      await end();
      throw error;
    },
  );
  if (!moved) {
    await end();
    return undefined;
  }
  broadcasts.tellToMove(callId);
  return { over: emptied(context, callId, deadline).finally(end) };
}

async function emptied({ broadcasts, pause, ticks }: HandOverContext, callId: CallId, deadline: number): Promise<void> {
  while (broadcasts.sessionsIn(callId) > 0 && ticks() < deadline) await pause(lookEveryMs);
  broadcasts.close(callId, 'media_lost');
}
