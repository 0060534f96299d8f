/** Bounds what a participant can change repeatedly on their own: each change is an event for everybody in the call. */
import type { Participant } from '../call.ts';
import type { Instant } from '../../kernel/ids.ts';

/** A person presses a button a few times; a script that toggles is stopped within seconds. */
export const maxChanges = 20;
export const changesWindowMs = 10_000;

/** The participant with this change counted. Undefined when changes come too fast. */
export function paced<P extends Participant>(participant: P, now: Instant): P | undefined {
  const { pace } = participant;
  // A clock that was set back starts a new window, too.
  const continues = pace !== undefined && now >= pace.since && now < pace.since + changesWindowMs;
  const counted = continues ? { since: pace.since, changes: pace.changes + 1 } : { since: now, changes: 1 };
  return counted.changes > maxChanges ? undefined : { ...participant, pace: counted };
}
