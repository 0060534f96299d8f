/** Keeps account of a caller's ringing, and refuses what exceeds the limits. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { CallId, UserId } from '../../domain/kernel/ids.ts';
import { answeredBy, attempted, notRung, rung, withoutAttempt } from '../../domain/people/ringLedger.ts';
import type { Charge, RingLedger, RingLimits, Ringing } from '../../domain/people/ringLedger.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { RingLedgers } from '../../ports/people/ringLedgers.ts';
import { busyAmong } from './refuseBusy.ts';
import type { CallableAnswer } from './callable.ts';

export interface RingingContext {
  readonly ringLedgers: RingLedgers;
  readonly ringLimits: RingLimits;
  readonly clock: Clock;
}

/** A caller with several devices loses a race now and then. Whoever loses more often asks too fast. */
const attempts = 10;
const retryCollisionMs = 1_000;

/** Counted before the result is known. Throws `too_many_requests` with the time to wait. */
export async function spendAttempt({ ringLedgers, ringLimits, clock }: RingingContext, callerId: UserId) {
  await change(ringLedgers, callerId, (ledger) => granted(attempted(ledger, ringLimits, clock.now())));
}

/** These refusals reveal nothing of anybody but the caller. */
const costless: ReadonlySet<ErrorCode> = new Set([
  ...(['calling_off', 'call_full', 'call_not_found', 'call_ended', 'not_joined', 'too_many_requests'] as const),
  ...(['overloaded', 'draining', 'busy'] as const),
]);

/** Runs an attempt, and refunds it when the refusal reveals nothing of others. */
export async function costingAttempt<T>(context: RingingContext, callerId: UserId, work: () => Promise<T>): Promise<T> {
  await spendAttempt(context, callerId);
  try {
    return await work();
  } catch (error) {
    if (error instanceof CallError && costless.has(error.code)) {
      await quietly(change(context.ringLedgers, callerId, (ledger) => ledger && withoutAttempt(ledger)));
    }
    throw error;
  }
}

/** A ring that is about to start. */
export interface Ring {
  readonly callerId: UserId;
  /** The answers for those whom it rings; the caller may call each of them. */
  readonly callees: readonly CallableAnswer[];
  /** The call that they are invited to, if it exists. */
  readonly into?: CallId;
}

/**
 * Lets `work` ring the callees. It counts the ring before, and refunds it when nothing has rung. A ring that may have
 * started, since the store is away, stays counted. Throws `too_many_requests` when one of them was rung in vain too
 * often recently, and `user_busy` when one of them is busy.
 */
export async function ring<T>(
  context: RingingContext & { readonly callIndex: Pick<CallIndex, 'liveCallsOf'> },
  { callerId, callees, ...into }: Ring,
  work: () => Promise<T>,
): Promise<T> {
  const userIds = callees.map(({ calleeId }) => calleeId);
  const charge = await spendRinging(context, callerId, userIds);
  const busy = await busyAmong(context.callIndex, callees, { caller: callerId, ...into });
  if (busy.length > 0) {
    // Learning that somebody is busy costs as much as ringing them in vain: otherwise it could be watched without their
    // knowledge.
    const others = userIds.filter((userId) => !busy.includes(userId));
    await takeBackRinging(context, callerId, { ...charge, userIds: others });
    throw new CallError('user_busy');
  }
  try {
    return await work();
  } catch (error) {
    if (error instanceof CallError && error.kind !== 'unavailable' && error.kind !== 'internal') {
      await takeBackRinging(context, callerId, charge);
    }
    throw error;
  }
}

async function spendRinging(
  { ringLedgers, ringLimits, clock }: RingingContext,
  callerId: UserId,
  userIds: readonly UserId[],
): Promise<Charge> {
  const now = clock.now();
  const before = await change(ringLedgers, callerId, (ledger) => {
    const used = ledger ?? granted(attempted(undefined, ringLimits, now));
    return granted(rung(used, userIds, { limits: ringLimits, now }));
  });
  return { userIds, at: now, inVain: before?.inVain ?? [] };
}

function takeBackRinging(
  { ringLedgers }: Pick<RingingContext, 'ringLedgers'>,
  callerId: UserId,
  charge: Charge,
): Promise<void> {
  if (charge.userIds.length === 0) return Promise.resolve();
  return quietly(change(ringLedgers, callerId, (ledger) => ledger && notRung(ledger, charge)));
}

/** The two talk: nothing was in vain, whichever of them called. */
export async function forgiveRinging(
  { ringLedgers }: Pick<RingingContext, 'ringLedgers'>,
  one: UserId,
  other: UserId,
): Promise<void> {
  const forgive = (callerId: UserId, calleeId: UserId) =>
    change(ringLedgers, callerId, (ledger) => {
      const isKnown = ledger?.inVain.some(({ userId }) => userId === calleeId) ?? false;
      return isKnown && ledger !== undefined ? answeredBy(ledger, calleeId) : undefined;
    });
  await Promise.all([forgive(one, other), forgive(other, one)]);
}

/** A failed refund costs one wait at most; the caller must get the original refusal. */
async function quietly(step: Promise<unknown>): Promise<void> {
  await step.catch(() => undefined);
}

/** Returns the ledger before the change. */
async function change(
  ringLedgers: RingLedgers,
  callerId: UserId,
  step: (ledger: RingLedger | undefined) => RingLedger | undefined,
): Promise<RingLedger | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await ringLedgers.load(callerId);
    const after = step(before);
    if (after === undefined || (await ringLedgers.save(callerId, { before, after })) === 'saved') return before;
  }
  throw new CallError('too_many_requests', { retryAfterMs: retryCollisionMs });
}

function granted(ringing: Ringing): RingLedger {
  if (ringing.granted) return ringing.ledger;
  throw new CallError('too_many_requests', { retryAfterMs: ringing.retryAfterMs });
}
