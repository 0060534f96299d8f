/**
 * The call alone says who owns its broadcast. A node that lost a call closes its broadcast, so that participants join
 * where the call is now. A node that hands it over keeps the broadcast until they have moved.
 */
import { partingAdmissionOf } from '../../domain/media/admission.ts';
import type { Call } from '../../domain/call/call.ts';
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import type { CallChange } from '../../ports/call/callFeed.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import { eachOf } from '../../support/eachOf.ts';
import { followChange, followState } from '../media/reportSession.ts';
import type { SessionContext } from '../media/reportSession.ts';

export interface OwnerContext {
  readonly broadcasts: CallBroadcasts;
  readonly nodeId: NodeId;
  /** Calls that this node is handing over now. */
  readonly parting: ReadonlySet<CallId>;
}

/** Like `followChange`, on the node that owns or has just owned the broadcast. */
export async function followOwnedChange(context: SessionContext & OwnerContext, change: CallChange): Promise<void> {
  if (isOwnOrOver(context, change.call)) await followChange(context, change);
  else await part(context, change.call);
}

/** Applies the newest state to the broadcast in which a session was just opened, here or on another node. */
export async function followWherever(context: OwnerContext, callId: CallId, call: Call | undefined): Promise<void> {
  // A participant who joins the new owner through this node must not close the sessions of those who have not moved
  // yet.
  if (call !== undefined && !isOwnOrOver(context, call) && context.parting.has(callId)) await part(context, call);
  else await followState(context.broadcasts, callId, call);
}

/** A node may own thousands of calls: a few at a time leave room for others in the store and the event loop. */
const atOnce = 32;

/**
 * Compares this node's broadcasts with the store: after missed notifications, after being fenced, and from time to
 * time.
 */
export async function reconcileBroadcasts(context: OwnerContext & { readonly store: CallStore }): Promise<void> {
  const { broadcasts, store } = context;
  await eachOf(broadcasts.open(), atOnce, async (callId) => {
    const call = await store.load(callId);
    if (call === undefined || isOwnOrOver(context, call)) await followState(broadcasts, callId, call);
    else await part(context, call);
  });
}

async function part({ broadcasts, parting }: OwnerContext, call: Call): Promise<void> {
  if (parting.has(call.id)) await broadcasts.follow(call.id, partingAdmissionOf(call));
  else broadcasts.close(call.id, 'media_lost');
}

function isOwnOrOver({ nodeId }: OwnerContext, call: Call): boolean {
  return call.phase === 'ended' || call.nodeId === nodeId;
}
