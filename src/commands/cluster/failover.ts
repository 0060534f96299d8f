/** Gives the calls of a dead or leaving node to others. Safe to run anywhere, at any time, repeatedly. */
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import { callsOnNode } from './callsOnNode.ts';
import { eachOf } from '../../support/eachOf.ts';
import { runCommand } from '../call/running/runCommand.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface FailoverRequest {
  readonly from: NodeId;
  /**
   * Asked for each call, so that they spread. Undefined when no node can take it: the call stays where it is for now.
   */
  readonly to: () => NodeId | undefined;
  /** The node still carries their media, and everybody moves meanwhile. */
  readonly handover: boolean;
}

/** Many enough to be quick, few enough to leave the store to others. */
const atOnce = 8;

/** Returns how many calls have moved and how many are left behind. */
export async function failOverCalls(
  context: CommandContext & { readonly callIndex: Pick<CallIndex, 'callsOn'> },
  request: FailoverRequest,
): Promise<{ readonly moved: number; readonly left: number }> {
  const { from } = request;
  let [moved, left] = [0, 0];
  await eachOf(callsOnNode(context.callIndex, from), atOnce, async (callId) => {
    if (await failOverCall(context, callId, request)) moved += 1;
    else left += 1;
  });
  return { moved, left };
}

export async function failOverCall(
  context: CommandContext,
  callId: CallId,
  { from, to, handover }: FailoverRequest,
): Promise<boolean> {
  const next = to();
  if (next === undefined) return false;
  const { after } = await runCommand(context, callId, { name: 'rehome', from, to: next, handover });
  return after?.nodeId !== from;
}
