/** The only loop in which a call changes: load → decide → save over the version it was decided on. */
import type { Call } from '../call/call.ts';
import type { CallCommand } from '../call/commands.ts';
import { decide } from '../call/decide.ts';
import { CallError } from '../call/errors.ts';
import type { CallId, Instant } from '../call/ids.ts';
import type { CallMetrics } from '../ports/callMetrics.ts';
import type { CallStore } from '../ports/callStore.ts';
import type { Clock } from '../ports/clock.ts';

export interface CommandContext {
  readonly store: CallStore;
  readonly clock: Clock;
  readonly metrics: CallMetrics;
}

/** Many people may act in one call at once; each lost race costs one round trip. */
const attempts = 10;

/**
 * `check` may refuse by throwing, on each state that is decided on. Answers the newest state, changed or not; none of a
 * call that is unknown, or that crosses with one of its callee. Throws `CallError` when the call refuses, or `busy`
 * after too many lost races.
 */
export async function runCommand(
  { store, clock, metrics }: CommandContext,
  callId: CallId,
  command: CallCommand,
  check?: (call: Call) => void,
): Promise<Call | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const call = command.name === 'create' ? undefined : await store.load(callId);
    if (call !== undefined) check?.(call);
    const decision = decide(call, command, clock.now());
    if (decision.outcome !== 'changed') {
      metrics.decided(command.name, decision.outcome);
      if (decision.outcome === 'refused') throw new CallError(decision.code);
      return call;
    }
    const answer = await store.save(decision);
    if (answer === 'crossed') return undefined;
    if (answer === 'saved') {
      metrics.decided(command.name, 'changed');
      for (const event of decision.events) metrics.happened(event);
      countPhase(metrics, call, decision.call, clock.now());
      return decision.call;
    }
  }
  throw new CallError('busy');
}

function countPhase(metrics: CallMetrics, before: Call | undefined, after: Call, now: Instant): void {
  if (before === undefined || before.phase === 'ended' || before.phase === after.phase) return;
  metrics.phaseLeft(before.phase, now - (before.phase === 'active' ? before.answeredAt : before.createdAt));
}

/** As `runCommand`, for commands that need the call to exist. */
export async function runOnCall(
  context: CommandContext,
  callId: CallId,
  command: CallCommand,
  check?: (call: Call) => void,
): Promise<Call> {
  const call = await runCommand(context, callId, command, check);
  if (call === undefined) throw new CallError('call_not_found');
  return call;
}
