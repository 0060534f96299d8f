import type { CallCommand } from '../call/commands.ts';
import type { Timer } from '../call/timers.ts';
import { runCommand } from './runCommand.ts';
import type { CommandContext } from './runCommand.ts';

/** A timer is due. One of an older era changes nothing and is counted as ignored. */
export async function fireTimer(context: CommandContext, timer: Timer): Promise<void> {
  await runCommand(context, timer.callId, commandOf(timer));
}

function commandOf(timer: Timer): CallCommand {
  switch (timer.kind) {
    case 'ring':
      return { name: 'ringTimedOut', era: timer.era };
    case 'grace':
      return { name: 'graceExpired', userId: timer.userId, era: timer.era };
    case 'empty':
      return { name: 'emptyExpired', era: timer.era };
    case 'longest':
      return { name: 'longestReached' };
  }
}
