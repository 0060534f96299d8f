/** The only way in which a call changes. Awaits nothing, reads no clock. */
import { participantOf } from './call.ts';
import type { Call, LiveCall } from './call.ts';
import type { Change, Ignored, Moment, Verdict } from './change.ts';
import { comings } from './rosterDiff.ts';
import type { Comings } from './rosterDiff.ts';
import type { CallCommand } from './commands.ts';
import { answer, rejoin } from './decisions/answer.ts';
import { block } from './decisions/block.ts';
import { create } from './decisions/create.ts';
import { decline } from './decisions/decline.ts';
import { hold } from './decisions/hold.ts';
import { invite } from './decisions/invite.ts';
import { cancel, end, leave } from './decisions/leave.ts';
import { mute, remove } from './decisions/moderate.ts';
import { sessionJoined, sessionLost } from './decisions/presence.ts';
import { nodeLost, rehome } from './decisions/rehome.ts';
import { deadlineReached } from './decisions/deadlineReached.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import type { CallEvent } from './events.ts';
import type { Instant, NodeId } from '../kernel/ids.ts';
import { timerEffects, withTimes } from './timers.ts';
import type { Effect } from './timers.ts';
import { transitions } from './transitions.ts';
import type { PhaseOrNone } from './transitions.ts';

export type Decision =
  | ({
      readonly outcome: 'changed';
      readonly call: Call;
      readonly events: readonly CallEvent[];
      readonly effects: readonly Effect[];
      /** Its owner before, when it has another now. */
      readonly movedFrom?: NodeId;
    } & Comings)
  | { readonly outcome: 'refused'; readonly code: ErrorCode }
  | { readonly outcome: 'ignored'; readonly why: Ignored['ignored'] };

/** `now` in milliseconds since the epoch; `call` is undefined before it is created. */
export function decide(call: Call | undefined, command: CallCommand, now: Instant): Decision {
  const from: PhaseOrNone = call?.phase ?? 'none';
  if (call !== undefined && isStranger(call, command)) return { outcome: 'refused', code: 'call_not_found' };
  const rule = transitions[from][command.name];
  if ('refuse' in rule) return { outcome: 'refused', code: rule.refuse };
  if ('ignore' in rule) return { outcome: 'ignored', why: rule.ignore };

  const moment: Moment = { now, era: (call?.version ?? 0) + 1 };
  const verdict = judge(call, command, moment);
  if ('refused' in verdict) return { outcome: 'refused', code: verdict.refused };
  if ('ignored' in verdict) return { outcome: 'ignored', why: verdict.ignored };
  if (!rule.to.includes(verdict.call.phase)) {
    throw new Error(`the table has no way from ${from} by ${command.name} to ${verdict.call.phase}`);
  }
  return decided(call, verdict, moment);
}

/** To people who are not in it a call does not exist, in whichever phase it is: refusals of the table would tell. */
function isStranger(call: Call, command: CallCommand): boolean {
  switch (command.name) {
    case 'answer':
    case 'rejoin':
    case 'invite':
    case 'mute':
    case 'remove':
    case 'hold':
    case 'decline':
    case 'cancel':
    case 'leave':
      return participantOf(call, command.userId) === undefined;
    case 'end':
      return command.by !== undefined && participantOf(call, command.by) === undefined;
    case 'create':
    case 'block':
    case 'sessionJoined':
    case 'sessionLost':
    case 'deadlineReached':
    case 'rehome':
    case 'nodeLost':
      return false;
  }
}

function judge(call: Call | undefined, command: CallCommand, moment: Moment): Verdict {
  if (command.name === 'create') return create(command, moment);
  // The table lets nothing else through before the call is created or after it has ended.
  if (call === undefined || call.phase === 'ended') throw new Error(`the table let ${command.name} through`);
  return judgeLive(call, command, moment);
}

function judgeLive(call: LiveCall, command: Exclude<CallCommand, { name: 'create' }>, moment: Moment): Verdict {
  switch (command.name) {
    case 'answer':
      return answer(call, command, moment);
    case 'rejoin':
      return rejoin(call, command, moment);
    case 'invite':
      return invite(call, command, moment);
    case 'mute':
      return mute(call, command, moment);
    case 'remove':
      return remove(call, command, moment);
    case 'hold':
      return hold(call, command, moment);
    case 'block':
      return block(call, command, moment);
    case 'decline':
      return decline(call, command, moment);
    case 'cancel':
      return cancel(call, command, moment);
    case 'leave':
      return leave(call, command, moment);
    case 'end':
      return end(call, command, moment);
    case 'sessionJoined':
      return sessionJoined(call, command, moment);
    case 'sessionLost':
      return sessionLost(call, command, moment);
    case 'deadlineReached':
      return deadlineReached(call, moment);
    case 'rehome':
      return rehome(call, command, moment);
    case 'nodeLost':
      return nodeLost(call, command, moment);
  }
}

/** Numbers the new version and its events, and sees whether its next deadline is another. */
function decided(before: Call | undefined, change: Change, { now, era }: Moment): Decision {
  const lastEvent = before?.lastEvent ?? 0;
  const events = change.facts.map((fact, index) => ({
    ...fact,
    callId: change.call.id,
    seq: lastEvent + index + 1,
    at: now,
  }));
  const numbered = { ...change.call, version: era, lastEvent: lastEvent + events.length };
  const call = withTimes(before, numbered, now);
  const moved = before !== undefined && before.nodeId !== call.nodeId ? { movedFrom: before.nodeId } : {};
  return {
    outcome: 'changed',
    call,
    events,
    effects: timerEffects(before, call),
    ...moved,
    ...comings(before, call),
  };
}
