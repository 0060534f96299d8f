/**
 * What people ask of a call that exists: one use case for all of it. What each command is called, says and answers is in
 * `src/protocol/shared/callCommands.ts`; here is what it does.
 */
import type { Call } from '../../domain/call/call.ts';
import type { CallCommand } from '../../domain/call/commands.ts';
import { hasServed } from '../../domain/call/decide.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, KeyedRequestId, UserId } from '../../domain/kernel/ids.ts';
import type { StoreCondition, StoreWork } from '../../ports/cluster/storeCondition.ts';
import type { Tokens } from '../../ports/people/tokens.ts';
import type { CommandBody, PeoplesCommandName } from '../../protocol/shared/callCommands.ts';
import { answerCall, rejoinCall } from './enterCall.ts';
import { inviteToCall } from './inviteToCall.ts';
import type { InviteContext } from './inviteToCall.ts';
import { readCall, readChanged } from './readCall.ts';
import type { ByUser } from './readCall.ts';
import { runOnCall } from './running/runCommand.ts';
import type { CommandContext } from './running/runCommand.ts';

export interface ChangeContext extends InviteContext {
  readonly tokens: Tokens;
  /** Absent where the store is never full. */
  readonly condition?: StoreCondition;
}

export interface ChangeRequest<N extends PeoplesCommandName> {
  readonly name: N;
  readonly callId: CallId;
  /** Who asks; undefined for the app's backend. */
  readonly userId: UserId | undefined;
  readonly body: CommandBody<N>;
  /** Asked with a key. `again`: a process died that may have done it. */
  readonly making?: { readonly id: KeyedRequestId; readonly again: boolean } | undefined;
}

export type ReadChangeRequest = Pick<ChangeRequest<PeoplesCommandName>, 'name' | 'callId' | 'userId'>;

export interface ChangedCall {
  readonly call: Call;
  /** Where the answer holds one. */
  readonly ticket?: string;
}

interface Asked<Body> extends ByUser {
  readonly body: Body;
  readonly requestId: KeyedRequestId | undefined;
}
type Run<Body> = (context: ChangeContext, asked: Asked<Body>) => Promise<ChangedCall>;

interface Action<Body> {
  readonly run: Run<Body>;
  /** Of the app's backend, where it may ask. */
  readonly byApp?: CallCommand;
  /** What the store must have room for. What ends something is not asked. */
  readonly room?: StoreWork;
  /** What a repeated request gets, where that is not the call alone. */
  readonly reread?: (context: ChangeContext, by: ByUser) => Promise<ChangedCall>;
}

/** One command of the domain, and nothing else. */
function decided<Body>(command: (userId: UserId, body: Body) => CallCommand): Run<Body> {
  return (context, { callId, userId, body, requestId }) =>
    changed(context, callId, { ...command(userId, body), requestId });
}

const actions: { readonly [N in PeoplesCommandName]: Action<CommandBody<N>> } = {
  answer: {
    room: 'new participant',
    run: async (context, { body: { deviceId }, ...by }) => ({ call: await answerCall(context, { ...by, deviceId }) }),
  },
  rejoin: {
    room: 'new participant',
    run: (context, { body: { deviceId }, ...by }) => rejoinCall(context, { ...by, deviceId }),
    reread: readCall,
  },
  invite: {
    room: 'new participant',
    run: async (context, { body: { userIds: invitees }, ...by }) => ({
      call: await inviteToCall(context, { ...by, invitees }),
    }),
  },
  hold: { room: 'other change', run: decided((userId, { onHold }) => ({ name: 'hold', userId, onHold })) },
  mute: {
    room: 'other change',
    run: decided((userId, { userId: targetId }) => ({ name: 'mute', userId, targetId })),
  },
  remove: { run: decided((userId, { userId: targetId }) => ({ name: 'remove', userId, targetId })) },
  decline: { run: decided((userId) => ({ name: 'decline', userId })) },
  cancel: { run: decided((userId) => ({ name: 'cancel', userId })) },
  leave: { run: decided((userId) => ({ name: 'leave', userId })) },
  end: { run: decided((userId) => ({ name: 'end', by: userId })), byApp: { name: 'end' } },
};

/** Throws what the call refuses with. */
export async function changeCall<N extends PeoplesCommandName>(
  context: ChangeContext,
  { name, callId, userId, body, making }: ChangeRequest<N>,
): Promise<ChangedCall> {
  const { room, run, byApp } = actions[name];
  const requestId = making?.id;
  const known = making?.again === true ? await context.store.load(callId) : undefined;
  if (known !== undefined && hasServed(known, requestId)) return readChange(context, { name, callId, userId });
  if (room !== undefined) context.condition?.mustTake(room);
  if (userId !== undefined) return run(context, { callId, userId, body, requestId });
  if (byApp === undefined) throw new CallError('not_allowed');
  return changed(context, callId, { ...byApp, requestId });
}

/** For a repeated request: how the call stands now that the first one changed. */
export async function readChange(
  context: ChangeContext,
  { name, callId, userId }: ReadChangeRequest,
): Promise<ChangedCall> {
  if (userId !== undefined) {
    const { reread } = actions[name];
    return reread === undefined
      ? { call: await readChanged(context, { callId, userId }) }
      : reread(context, { callId, userId });
  }
  const call = await context.store.load(callId);
  if (call === undefined) throw new CallError('call_not_found');
  return { call };
}

async function changed(context: CommandContext, callId: CallId, command: CallCommand): Promise<ChangedCall> {
  return { call: (await runOnCall(context, callId, command)).after };
}
