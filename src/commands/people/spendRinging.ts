/** Keeps what a caller's ringing has used up, and refuses what is beyond it. */
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { UserId } from '../../domain/kernel/ids.ts';
import { answeredBy, attempted, notRung, rung, withoutAttempt } from '../../domain/people/ringLedger.ts';
import type { Charge, RingLedger, RingLimits, Ringing } from '../../domain/people/ringLedger.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { RingLedgers } from '../../ports/people/ringLedgers.ts';

export interface RingingContext {
  readonly ringLedgers: RingLedgers;
  readonly ringLimits: RingLimits;
  readonly clock: Clock;
}

/** One caller at several devices loses a race now and then; who loses more asks too fast. */
const attempts = 10;
const retryCollisionMs = 1_000;

/** Counted before it is known what it comes to. Throws `too_many_requests` with the time to wait. */
export async function spendAttempt({ ringLedgers, ringLimits, clock }: RingingContext, callerId: UserId) {
  await change(ringLedgers, callerId, (ledger) => granted(attempted(ledger, ringLimits, clock.now())));
}

/** They tell the caller of nobody but themselves. */
const costless: ReadonlySet<ErrorCode> = new Set([
  ...(['calling_off', 'call_full', 'call_not_found', 'call_ended', 'not_joined', 'too_many_requests'] as const),
  ...(['overloaded', 'draining', 'busy'] as const),
]);

/** Does what an attempt is for, and gives the attempt back when it is refused by what tells nothing of others. */
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

/** Throws `too_many_requests` when one of them was rung in vain too often a short while ago. Answers what was counted. */
export async function spendRinging(
  { ringLedgers, ringLimits, clock }: RingingContext,
  callerId: UserId,
  callees: readonly UserId[],
): Promise<Charge> {
  let charge: Charge = { userIds: callees, at: 0, inVain: [] };
  await change(ringLedgers, callerId, (ledger) => {
    const now = clock.now();
    const used = ledger ?? granted(attempted(undefined, ringLimits, now));
    charge = { userIds: callees, at: now, inVain: used.inVain };
    return granted(rung(used, callees, { limits: ringLimits, now }));
  });
  return charge;
}

/**
 * Throws `user_busy` when somebody is. To learn that costs what ringing them in vain costs, or it could be watched without
 * their knowing; the others never rang.
 */
export async function refuseBusy(
  context: Pick<RingingContext, 'ringLedgers'>,
  { callerId, charge }: { readonly callerId: UserId; readonly charge: Charge },
  whoIsBusy: () => Promise<readonly UserId[]>,
): Promise<void> {
  const busy = await whoIsBusy();
  if (busy.length === 0) return;
  const userIds = charge.userIds.filter((userId) => !busy.includes(userId));
  await takeBackRinging(context, callerId, { ...charge, userIds });
  throw new CallError('user_busy');
}

/** Rings, and takes back what was counted when nothing has rung. What may have rung, since the store is away, stays. */
export async function ringing<T>(
  context: Pick<RingingContext, 'ringLedgers'>,
  { callerId, charge }: { readonly callerId: UserId; readonly charge: Charge },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CallError && error.kind !== 'unavailable' && error.kind !== 'internal') {
      await takeBackRinging(context, callerId, charge);
    }
    throw error;
  }
}

function takeBackRinging(
  { ringLedgers }: Pick<RingingContext, 'ringLedgers'>,
  callerId: UserId,
  charge: Charge,
): Promise<void> {
  if (charge.userIds.length === 0) return Promise.resolve();
  return quietly(change(ringLedgers, callerId, (ledger) => ledger && notRung(ledger, charge)));
}

/** The two talk: nothing was in vain, whoever of them called. */
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

/** What cannot be taken back costs a wait at most; the refusal is what its caller must hear. */
async function quietly(step: Promise<void>): Promise<void> {
  await step.catch(() => undefined);
}

async function change(
  ringLedgers: RingLedgers,
  callerId: UserId,
  step: (ledger: RingLedger | undefined) => RingLedger | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await ringLedgers.load(callerId);
    const after = step(before);
    if (after === undefined || (await ringLedgers.save(callerId, { before, after })) === 'saved') return;
  }
  throw new CallError('too_many_requests', { retryAfterMs: retryCollisionMs });
}

function granted(ringing: Ringing): RingLedger {
  if (ringing.granted) return ringing.ledger;
  throw new CallError('too_many_requests', { retryAfterMs: ringing.retryAfterMs });
}
