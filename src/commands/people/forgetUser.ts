import { participantOf } from '../../domain/call/call.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CallRecords } from '../../ports/call/callRecords.ts';
import type { Relations } from '../../ports/people/relations.ts';
import type { RingLedgers } from '../../ports/people/ringLedgers.ts';
import type { UserDirectory } from '../../ports/people/userDirectory.ts';
import { runCommand } from '../call/running/runCommand.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface ForgettingContext extends CommandContext {
  readonly callIndex: Pick<CallIndex, 'liveCallsOf'>;
  readonly users: UserDirectory;
  readonly relations: Relations;
  readonly ringLedgers: RingLedgers;
  readonly records: CallRecords;
}

/**
 * Erases everything that is stored of a user. They leave the calls that they are in. Other people keep their records of
 * common calls, without the name. Returns whether the user existed. Safe to repeat after an interruption.
 */
export async function forgetUser(context: ForgettingContext, userId: UserId): Promise<boolean> {
  const { users, relations, ringLedgers, records, callIndex } = context;
  await relations.forget(userId);
  const existed = await users.remove(userId);
  for (const call of await callIndex.liveCallsOf(userId)) {
    const isIn = participantOf(call, userId)?.state === 'joined';
    await runCommand(context, call.id, { name: isIn ? 'leave' : 'decline', userId });
  }
  await ringLedgers.forget(userId);
  // After the user was removed: records written from now on do not name them.
  await records.erase(userId);
  return existed;
}
