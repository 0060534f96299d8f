import type { CallId, Instant } from '../../domain/kernel/ids.ts';
import { nextDeadline } from '../../domain/call/deadlines.ts';
import { runCommand } from './running/runCommand.ts';
import type { CommandContext } from './running/runCommand.ts';

/** Does what is due in the call, if anything. Returns when to look again; undefined when nobody needs to. */
export async function checkDeadlines(context: CommandContext, callId: CallId): Promise<Instant | undefined> {
  const call = await context.store.load(callId);
  const next = call && nextDeadline(call);
  if (next === undefined || next > context.clock.now()) return next;
  const { after } = await runCommand(context, callId, { name: 'deadlineReached' });
  return after && nextDeadline(after);
}
