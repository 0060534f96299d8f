/** Calls in every phase, for tests of the domain. */
import type { Call, CallLimits } from '../../src/domain/call/call.ts';
import type { CallCommand } from '../../src/domain/call/commands.ts';
import { decide } from '../../src/domain/call/decide.ts';
import type { Decision } from '../../src/domain/call/decide.ts';

export const limits: CallLimits = {
  ringTimeoutMs: 30_000,
  reconnectGraceMs: 15_000,
  emptyTimeoutMs: 20_000,
  longestCallMs: 3_600_000,
  mostParticipants: 5,
};

export const createCommand = (callees: readonly string[] = ['bob']): Extract<CallCommand, { name: 'create' }> => ({
  name: 'create',
  callId: 'call_0123456789012345678901',
  nodeId: 'node_0123456789012345678901',
  media: 'video',
  caller: 'alice',
  callerDevice: 'alice-phone',
  callees,
  limits,
});

export function changed(decision: Decision): Extract<Decision, { outcome: 'changed' }> {
  if (decision.outcome !== 'changed') throw new Error(`expected a change, got ${JSON.stringify(decision)}`);
  return decision;
}

export interface Wait {
  readonly wait: number;
}
/** Lets time pass between two commands. */
export const wait = (ms: number): Wait => ({ wait: ms });
/** Somebody looks what is due. */
export const look: CallCommand = { name: 'deadlineReached' };

/** The call after a series of commands that must all change it, one millisecond apart. */
export function callAfter(...commands: readonly (CallCommand | Wait)[]): Call {
  let call: Call | undefined;
  let now = 1000;
  for (const command of commands) {
    if ('wait' in command) {
      now += command.wait;
      continue;
    }
    call = changed(decide(call, command, now)).call;
    now += 1;
  }
  if (call === undefined) throw new Error('no commands');
  return call;
}

const answered: CallCommand = { name: 'answer', userId: 'bob', deviceId: 'bob-phone' };

export const callIn = {
  none: undefined,
  ringing: callAfter(createCommand()),
  active: callAfter(createCommand(), answered),
  ended: callAfter(createCommand(), answered, { name: 'leave', userId: 'bob' }),
} as const;

/** The participants but for how fast they changed something. */
export function withoutPace(call: Call) {
  return call.participants.map(({ pace: _, ...rest }) => rest);
}
