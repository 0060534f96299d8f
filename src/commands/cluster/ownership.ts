/**
 * Who owns a broadcast is what the call says, and nobody else: a node that lost one closes what it still has of it, so that
 * its people join where the call is now; one that hands it over keeps it until they have moved.
 */
import { partingAdmissionOf } from '../../domain/media/admission.ts';
import type { Call } from '../../domain/call/call.ts';
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { BroadcastsAnywhere } from '../../ports/media/broadcasts.ts';
import type { CallChange } from '../../ports/call/callFeed.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import { eachOf } from '../../support/eachOf.ts';
import { followChange, followState } from '../media/reportSession.ts';
import type { SessionContext } from '../media/reportSession.ts';

export interface OwnerContext {
  readonly broadcasts: BroadcastsAnywhere;
  readonly nodeId: NodeId;
  /** Calls that this node hands over at this moment. */
  readonly parting: ReadonlySet<CallId>;
}

/** As `followChange`, on the node that owns the broadcast or did a moment ago. */
export async function followOwnedChange(context: SessionContext & OwnerContext, change: CallChange): Promise<void> {
  if (isOwnOrOver(context, change.call)) await followChange(context, change);
  else await part(context, change.call);
}

/** What holds now, for the broadcast in which a session was just opened here or at another node; answers nothing of it. */
export async function followWherever(context: OwnerContext, callId: CallId, call: Call | undefined): Promise<void> {
  // Who joins the new owner through this node sends nobody away who has not moved yet.
  if (call !== undefined && !isOwnOrOver(context, call) && context.parting.has(callId)) await part(context, call);
  else await followState(context.broadcasts, callId, call);
}

/** A node may own thousands of calls: few at a time leave the store and the event loop to others. */
const atOnce = 32;

/** Compares this node's broadcasts with the truth: after a gap in the news, once fenced, and every now and then. */
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
