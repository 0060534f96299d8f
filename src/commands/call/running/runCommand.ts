/**
 * The only loop in which a call changes: decide on the newest state → save over the version that the decision was made
 * on.
 */
import { maxLiveCalls } from '../../../domain/call/call.ts';
import type { Call } from '../../../domain/call/call.ts';
import type { CallCommand } from '../../../domain/call/commands.ts';
import { decide, isDone } from '../../../domain/call/decide.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallId, Instant } from '../../../domain/kernel/ids.ts';
import { deadlinesOf } from '../../../domain/call/deadlines.ts';
import type { CallMetrics } from '../../../ports/system/callMetrics.ts';
import type { CallStore, Transition } from '../../../ports/call/callStore.ts';
import type { Clock } from '../../../ports/system/clock.ts';
import type { HandedCommand } from '../../../protocol/internal/callCommands.ts';
import type { CallOwners } from '../../cluster/callOwners.ts';
import { Contention } from './contention.ts';
import { keptUnsaved } from './unsavedChanges.ts';

export interface CommandContext {
  readonly store: CallStore;
  readonly clock: Clock;
  readonly metrics: CallMetrics;
  /** Absent in a process that cannot ask others: it decides everything itself. */
  readonly owners?: CallOwners;
}

/** The state of the call at the decision, and its state now. Both are the same when the command changed nothing. */
export interface Outcome {
  readonly before: Call | undefined;
  readonly after: Call | undefined;
}

/** About the time that a failover takes, or that a full disk needs to be freed. */
const writableAgainMs = 2_000;

/**
 * Returns the states before and after the command. `after` is absent for an unknown call, or one that crosses with a
 * call of its callee. When another process decided, `before` is the state that this process knew. Throws `CallError`
 * when the call refuses.
 */
export async function runCommand(context: CommandContext, callId: CallId, command: CallCommand): Promise<Outcome> {
  const { owners, store } = context;
  if (owners === undefined || command.name === 'create') return decideUntilSaved(context, callId, command);
  const copy = owners.copyOf(callId);
  if (copy !== undefined) return owners.inTurn(callId, () => decideInTurn(context, callId, command));
  const call = await store.load(callId);
  if (call === undefined || call.phase === 'ended') return decideUntilSaved(context, callId, command, { call });
  if (owners.isOwn(call)) return owners.inTurn(callId, () => decideInTurn(context, callId, command));
  const handed = await handOver(context, call, command);
  if (handed.isDone) return { before: call, after: handed.call };
  // Commands that are decided without the owner take turns in this process, so that processes race and not people.
  return owners.inTurn(callId, () => decideUntilSaved(context, callId, command, handed.known));
}

/** For a call that exists. */
export interface KnownOutcome {
  readonly before: Call;
  readonly after: Call;
}

/** Like `runCommand`, for commands that need an existing call. */
export async function runOnCall(context: CommandContext, callId: CallId, command: CallCommand): Promise<KnownOutcome> {
  const { before, after } = await runCommand(context, callId, command);
  if (before === undefined || after === undefined) throw new CallError('call_not_found');
  return { before, after };
}

/**
 * Runs a command that another process handed over, in its turn. It is not handed on again, since two processes could
 * pass it to and fro.
 */
export function runHanded(context: CommandContext, callId: CallId, command: HandedCommand): Promise<Outcome> {
  const copy = context.owners?.copyOf(callId);
  return decideUntilSaved(context, callId, command, copy === undefined ? {} : { copy });
}

/** The call may have moved to another node while the command waited. */
async function decideInTurn(context: CommandContext, callId: CallId, command: CallCommand): Promise<Outcome> {
  const { owners, store } = context;
  const copy = owners?.copyOf(callId);
  if (copy !== undefined) return decideUntilSaved(context, callId, command, { copy });
  const call = await store.load(callId);
  if (call === undefined || call.phase === 'ended' || owners?.isOwn(call) !== false) {
    return decideUntilSaved(context, callId, command, { call });
  }
  const handed = await handOver(context, call, command);
  if (handed.isDone) return { before: call, after: handed.call };
  return decideUntilSaved(context, callId, command, handed.known);
}

type HandedOver =
  { readonly isDone: true; readonly call: Call | undefined } | { readonly isDone: false; readonly known: Known };

async function handOver(
  { owners, store, clock }: CommandContext,
  { id, nodeId }: Call,
  command: CallCommand,
): Promise<HandedOver> {
  // These commands change the owner, so they do not wait for it.
  const isOfOwners = command.name === 'create' || command.name === 'rehome' || command.name === 'nodeLost';
  if (owners === undefined || isOfOwners) return { isDone: false, known: {} };
  const answer = await owners.ask(nodeId, id, command);
  if (answer === 'unanswered') return { isDone: false, known: { mayBeDone: true } };
  const known = await store.load(id);
  return {
    isDone: true,
    call: answer === 'unsaved' && known !== undefined ? changedBy(known, command, clock.now()) : known,
  };
}

/** The state of the call by its owner, when the store has only an older one. */
function changedBy(known: Call, command: CallCommand, now: Instant): Call {
  const decision = decide(known, command, now);
  return decision.outcome === 'changed' ? decision.call : known;
}

interface Known {
  /** As just read from the store. */
  readonly call?: Call | undefined;
  /** What this process takes for the newest state. A refusal must not rest on it alone. */
  readonly copy?: Call;
  /** Another process may have done this very command, with its answer lost. */
  readonly mayBeDone?: boolean;
}

async function decideUntilSaved(
  context: CommandContext,
  callId: CallId,
  command: CallCommand,
  known: Known = {},
): Promise<Outcome> {
  const { store, clock, metrics } = context;
  const contention = new Contention();
  let isCopy = known.copy !== undefined;
  let call = known.copy ?? ('call' in known || command.name === 'create' ? known.call : await store.load(callId));
  for (;;) {
    const decision = decide(call, command, clock.now());
    if (decision.outcome === 'changed') {
      const answer = await store.save({ ...decision, ...boundOf(command) });
      if (answer === 'full')
        throw new CallError('too_many_requests', { retryAfterMs: decision.call.limits.ringTimeoutMs });
      if (answer === 'crossed') return { before: call, after: undefined };
      if (answer === 'saved' || (answer === 'unwritable' && (await keptUnsaved(context, command.name, decision)))) {
        count(metrics, command, { before: call, decision, now: clock.now() });
        return { before: call, after: decision.call };
      }
      if (answer === 'unwritable') throw new CallError('unavailable', { retryAfterMs: writableAgainMs });
      // An outdated copy is no lost race.
      if (!isCopy) await contention.lost();
    } else if (!isCopy) {
      const wasDone =
        known.mayBeDone === true && call !== undefined && command.name !== 'create' && isDone(call, command);
      metrics.decided(command.name, wasDone ? 'ignored' : decision.outcome);
      if (decision.outcome === 'refused' && !wasDone) throw new CallError(decision.code);
      return { before: call, after: call };
    }
    isCopy = false;
    // Another process has created the call for the same request.
    call = await store.load(callId);
  }
}

/** A user who enters on purpose needs room among their live calls. Being rung takes no room. */
function boundOf(command: CallCommand): Pick<Transition, 'bound'> {
  if (command.name === 'create') return { bound: { userId: command.caller, maxCalls: maxLiveCalls } };
  if (command.name === 'rejoin') return { bound: { userId: command.userId, maxCalls: maxLiveCalls } };
  return {};
}

interface Decided {
  readonly before: Call | undefined;
  readonly decision: Transition;
  readonly now: Instant;
}

function count(metrics: CallMetrics, { name }: CallCommand, { before, decision, now }: Decided): void {
  metrics.decided(name, 'changed');
  for (const event of decision.events) metrics.happened(event);
  countPhase(metrics, before, decision.call, now);
  if (name === 'deadlineReached') countLateness(metrics, before, now);
}

function countLateness(metrics: CallMetrics, before: Call | undefined, now: Instant): void {
  if (before === undefined) return;
  for (const { kind, at } of deadlinesOf(before)) if (at <= now) metrics.timerFired(kind, now - at);
}

function countPhase(metrics: CallMetrics, before: Call | undefined, after: Call, now: Instant): void {
  if (before === undefined || before.phase === 'ended' || before.phase === after.phase) return;
  metrics.phaseLeft(before.phase, now - (before.phase === 'active' ? before.answeredAt : before.createdAt));
}
