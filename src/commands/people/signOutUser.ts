import { participantOf } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { UserDirectory } from '../../ports/people/userDirectory.ts';
import { runCommand } from '../call/running/runCommand.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface SignOutContext extends CommandContext {
  readonly callIndex: Pick<CallIndex, 'liveCallsOf'>;
  readonly users: Pick<UserDirectory, 'signOut'>;
}

/**
 * Ends every token, socket and session of a user, on all nodes. They leave the calls that they are in. Calls that ring
 * for them ring on: a device with a new token may answer. Safe to repeat after an interruption. Throws
 * `user_not_found`.
 */
export async function signOutUser(context: SignOutContext, userId: UserId): Promise<void> {
  if (!(await context.users.signOut(userId))) throw new CallError('user_not_found');
  for (const call of await context.callIndex.liveCallsOf(userId)) {
    if (participantOf(call, userId)?.state === 'joined') await runCommand(context, call.id, { name: 'leave', userId });
  }
}
