/** The only way to change a call. Awaits nothing and reads no clock. */
import { participantOf, rememberedRequests } from './call.ts';
import type { Call, LiveCall } from './call.ts';
import type { Change, Ignored, Moment, Verdict } from './change.ts';
import { rosterDiff } from './rosterDiff.ts';
import type { RosterDiff } from './rosterDiff.ts';
import { ruleFor, transitions } from './commands.ts';
import type { CallCommand, CommandNamed, LiveCommandName, PhaseOrNone } from './commands.ts';
import { create } from './decisions/create.ts';
import type { ErrorCode } from '../kernel/errors.ts';
import type { CallEvent } from './events.ts';
import type { Instant, KeyedRequestId, NodeId } from '../kernel/ids.ts';
import { timerEffects, withTimes } from './deadlines.ts';
import type { Effect } from './deadlines.ts';

export type Decision =
  | ({
      readonly outcome: 'changed';
      readonly call: Call;
      readonly events: readonly CallEvent[];
      readonly effects: readonly Effect[];
      /** The previous owner, when the owner changed. */
      readonly movedFrom?: NodeId;
    } & RosterDiff)
  | { readonly outcome: 'refused'; readonly code: ErrorCode }
  | { readonly outcome: 'ignored'; readonly why: Ignored['ignored'] };

/** `now` in milliseconds since the epoch; `call` is undefined before it is created. */
export function decide(call: Call | undefined, command: CallCommand, now: Instant): Decision {
  const from: PhaseOrNone = call?.phase ?? 'none';
  if (call !== undefined && command.name !== 'create' && isStranger(call, command))
    return { outcome: 'refused', code: 'call_not_found' };
  if (call !== undefined && hasServed(call, command.requestId)) return { outcome: 'ignored', why: 'repeated' };
  const rule = ruleFor(from, command.name);
  if ('refuse' in rule) return { outcome: 'refused', code: rule.refuse };
  if ('ignore' in rule) return { outcome: 'ignored', why: rule.ignore };

  const moment: Moment = { now, era: (call?.version ?? 0) + 1 };
  const verdict = judge(call, command, moment);
  if ('refused' in verdict) return { outcome: 'refused', code: verdict.refused };
  if ('ignored' in verdict) return { outcome: 'ignored', why: verdict.ignored };
  if (!rule.to.includes(verdict.call.phase)) {
    throw new Error(`the transition table has no step from ${from} by ${command.name} to ${verdict.call.phase}`);
  }
  return decided(call, verdict, moment, command.requestId);
}

function judge(call: Call | undefined, command: CallCommand, moment: Moment): Verdict {
  if (command.name === 'create') return create(command, moment);
  // The table allows nothing else before the call is created or after it has ended.
  if (call === undefined || call.phase === 'ended')
    throw new Error(`the transition table allows ${command.name}, but nothing decides it`);
  return judgeLive(call, command, moment);
}

function judgeLive<N extends LiveCommandName>(call: LiveCall, command: CommandNamed<N>, moment: Moment): Verdict {
  return transitions[command.name].decide(call, command, moment);
}

/** For people who are not in the call it does not exist, in any phase: a refusal by the table would reveal it. */
function isStranger<N extends LiveCommandName>(call: Call, command: CommandNamed<N>): boolean {
  const asker = transitions[command.name].asker?.(command);
  return asker !== undefined && participantOf(call, asker) === undefined;
}

/** Whether this request has changed the call already. */
export function hasServed(call: Call, requestId: KeyedRequestId | undefined): boolean {
  return requestId !== undefined && call.requests?.includes(requestId) === true;
}

function requestsOf(before: Call | undefined, requestId: KeyedRequestId | undefined): Pick<Call, 'requests'> {
  const requests = [...(before?.requests ?? []), ...(requestId === undefined ? [] : [requestId])];
  return requests.length === 0 ? {} : { requests: requests.slice(-rememberedRequests) };
}

/** Whether the command's aim is reached already. Done again, it would be refused for that reason alone. */
export function isDone<N extends LiveCommandName>(call: Call, command: CommandNamed<N>): boolean {
  return transitions[command.name].isDone?.(call, command) ?? false;
}

/** Numbers the new version and its events, and compares the next deadline. */
function decided(before: Call | undefined, change: Change, { now, era }: Moment, requestId?: KeyedRequestId): Decision {
  const lastEvent = before?.lastEvent ?? 0;
  const events = change.facts.map((fact, index) => ({
    ...fact,
    callId: change.call.id,
    seq: lastEvent + index + 1,
    at: now,
  }));
  const requests = requestsOf(before, requestId);
  const numbered = { ...change.call, ...requests, version: era, lastEvent: lastEvent + events.length };
  const call = withTimes(before, numbered, now);
  const moved = before !== undefined && before.nodeId !== call.nodeId ? { movedFrom: before.nodeId } : {};
  return {
    outcome: 'changed',
    call,
    events,
    effects: timerEffects(before, call),
    ...moved,
    ...rosterDiff(before, call),
  };
}
