import { maxLiveCalls, presentOf } from '../../domain/call/call.ts';
import type { Call, CallLimits, Media } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, DeviceId, NodeId, UserId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { IdSource } from '../../ports/system/idSource.ts';
import type { StoreCondition } from '../../ports/cluster/storeCondition.ts';
import type { Tokens } from '../../ports/people/tokens.ts';
import { ticketFor } from './readCall.ts';
import { callable, refuseUncallable } from '../people/callable.ts';
import type { CallableContext } from '../people/callable.ts';
import { answerCall } from './enterCall.ts';
import { partBlocked } from '../people/partBlockedUsers.ts';
import { runCommand } from './running/runCommand.ts';
import type { CommandContext } from './running/runCommand.ts';
import { forgiveRinging, ring } from '../people/spendRinging.ts';
import type { RingingContext } from '../people/spendRinging.ts';

export interface CreateCallContext extends CommandContext, CallableContext, RingingContext {
  readonly callIndex: CallIndex;
  readonly ids: IdSource;
  readonly tokens: Tokens;
  /** The node for a new call. Undefined when no node can take one. */
  readonly placeCall: () => NodeId | undefined;
  readonly limits: CallLimits;
  /** Both throw if no new call is taken now. Absent in tests of single commands. */
  readonly condition?: StoreCondition | undefined;
  readonly maintenance?: { mustTakeCalls(): void } | undefined;
}
export interface CreateCallRequest {
  readonly caller: UserId;
  readonly callerDevice: DeviceId;
  readonly callees: readonly UserId[];
  readonly media: Media;
  readonly sensitive: boolean;
  /** The id of the call. `again`: a process that died may have created it already. */
  readonly making?: { readonly id: CallId; readonly again: boolean };
}

/** After this time a full node may have room again. */
const fullForMs = 2_000;
/** Two users who call each other repeatedly meet in the end. */
const crossings = 5;

/**
 * The caller must be allowed to call every callee: one refusal refuses the whole call. A caller whose callee rings them
 * at that moment answers that call instead.
 */
export async function createCall(
  context: CreateCallContext,
  request: CreateCallRequest,
): Promise<{ call: Call; ticket: string }> {
  const { callIndex, limits, store } = context;
  const { caller, making } = request;
  const done = making?.again === true ? await store.load(making.id) : undefined;
  if (done !== undefined) return { call: done, ticket: await ticketFor(context.tokens, done, caller) };
  // What exists is found again, whatever else is refused.
  context.maintenance?.mustTakeCalls();
  context.condition?.mustTake('new call');
  const callees = [...new Set(request.callees)];
  // Reveals nothing that the caller does not know, and rings nobody.
  if (callees.length + 1 > limits.mostParticipants) throw new CallError('call_full');
  // Before anything rings or is charged.
  const nodeId = context.placeCall();
  if (nodeId === undefined) throw new CallError('overloaded', { retryAfterMs: fullForMs });
  const call = await ring(context, {
    callerId: caller,
    prepare: async () => {
      // Everything that is needed is read at once.
      const [live, answers] = await Promise.all([
        callIndex.liveCallsOf(caller),
        callable(context, { callerId: caller, calleeIds: callees, isGroup: callees.length > 1 }),
      ]);
      if (live.length >= maxLiveCalls) throw new CallError('too_many_requests', { retryAfterMs: limits.ringTimeoutMs });
      refuseUncallable(answers);
      return { callees: answers };
    },
    work: () => made(context, { ...request, callees, nodeId }),
  });
  return { call, ticket: await ticketFor(context.tokens, call, caller) };
}

async function made(
  context: CreateCallContext,
  request: CreateCallRequest & { readonly nodeId: NodeId },
): Promise<Call> {
  const { callIndex, ids, limits } = context;
  const { caller, callerDevice, callees, media, sensitive, nodeId } = request;
  const [only = ''] = callees;
  for (let crossing = 0; crossing < crossings; crossing += 1) {
    const callId = request.making?.id ?? ids.callId();
    const command = {
      name: 'create',
      callId,
      nodeId,
      media,
      caller,
      callerDevice,
      callees,
      limits,
      sensitive,
    } as const;
    const { after: call } = await runCommand(context, callId, command);
    // A block that came meanwhile found no call to act on.
    if (call !== undefined) return partBlocked(context, call, { userId: caller, others: presentOf(call) });
    const theirs = await callIndex.ringingBetween(only, caller);
    if (theirs === undefined) continue;
    try {
      const met = await answerCall(context, { callId: theirs.id, userId: caller, deviceId: callerDevice });
      // This call of theirs was not created, so nobody was rung in vain.
      await forgiveRinging(context, caller, only);
      return met;
    } catch (error) {
      // The call ended meanwhile.
      if (!(error instanceof CallError && (error.code === 'call_ended' || error.code === 'call_not_found')))
        throw error;
    }
  }
  throw new CallError('busy');
}
