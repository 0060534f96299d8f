import { participantOf } from '../../domain/call/call.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import type { CallRecords } from '../../ports/call/callRecords.ts';
import type { Relations } from '../../ports/people/relations.ts';
import type { RingLedgers } from '../../ports/people/ringLedgers.ts';
import type { UserDirectory } from '../../ports/people/userDirectory.ts';
import { runCommand } from '../call/running/runCommand.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface ForgettingContext extends CommandContext {
  readonly users: UserDirectory;
  readonly relations: Relations;
  readonly ringLedgers: RingLedgers;
  readonly records: CallRecords;
}

/**
 * Erases all that is kept of a user. They leave the calls that they are in; others keep the records of calls with them,
 * without their name. Answers whether there was such a user. Safe to repeat when it was cut off.
 */
export async function forgetUser(context: ForgettingContext, userId: UserId): Promise<boolean> {
  const { users, relations, ringLedgers, records, store } = context;
  await relations.forget(userId);
  const existed = await users.remove(userId);
  for (const call of await store.liveCallsOf(userId)) {
    const isIn = participantOf(call, userId)?.state === 'joined';
    await runCommand(context, call.id, { name: isIn ? 'leave' : 'decline', userId });
  }
  await ringLedgers.forget(userId);
  // After the user: a record that is written from now on does not name them.
  await records.erase(userId);
  return existed;
}
