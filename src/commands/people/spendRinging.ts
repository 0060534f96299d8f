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

/** These refusals reveal nothing of anybody but the caller. */
const costless: ReadonlySet<ErrorCode> = new Set([
  ...(['calling_off', 'call_full', 'call_not_found', 'call_ended', 'not_joined', 'too_many_requests'] as const),
  ...(['overloaded', 'draining', 'busy'] as const),
]);

/** An attempt to ring users. */
export interface RingAttempt<Prepared extends Rings, T> {
  readonly callerId: UserId;
  /** Only reads. Throws the refusal if the caller may not ring them. */
  readonly prepare: () => Promise<Prepared>;
  readonly work: (prepared: Prepared) => Promise<T>;
}

export interface Rings {
  /** The answers for those whom it rings; the caller may call each of them. */
  readonly callees: readonly CallableAnswer[];
  /** The call that they are invited to, if it exists. */
  readonly into?: CallId | undefined;
}

type Outcome<T> = { readonly result: T } | { readonly error: unknown };

/**
 * Rings with `work` whom `prepare` names. The attempt and the ring are stored as used in one change, before the caller
 * learns anything of others and before anybody rings. An attempt is refunded when its refusal reveals nothing of
 * others, a ring when nothing has rung. A ring that may have started, since the store is away, stays counted. Throws
 * `too_many_requests` with the time to wait, and `user_busy` when one of them is busy.
 */
export async function ring<Prepared extends Rings, T>(
  context: RingingContext & { readonly callIndex: Pick<CallIndex, 'liveCallsOf'> },
  { callerId, prepare, work }: RingAttempt<Prepared, T>,
): Promise<T> {
  const { ringLedgers, ringLimits, clock } = context;
  const [known, prepared] = await Promise.all([ringLedgers.load(callerId), outcomeOf(prepare())]);
  const now = clock.now();
  const used = (ledger: RingLedger | undefined) => granted(attempted(ledger, ringLimits, now));
  if ('error' in prepared) {
    // Without an attempt left, the caller learns that and nothing else.
    used(known);
    if (!isCostless(prepared.error)) await change(ringLedgers, callerId, used, { ledger: known });
    throw prepared.error;
  }
  const { callees, into } = prepared.result;
  const userIds = callees.map(({ calleeId }) => calleeId);
  const spent = (ledger: RingLedger | undefined) => granted(rung(used(ledger), userIds, { limits: ringLimits, now }));
  const before = await change(ringLedgers, callerId, spent, { ledger: known });
  const charge = { userIds, at: now, inVain: before?.inVain ?? [] };
  await refuseBusy(context, { callerId, callees, into }, charge);
  try {
    return await work(prepared.result);
  } catch (error) {
    await refund(context, callerId, { charge, error });
    throw error;
  }
}

/**
 * Learning that somebody is busy costs as much as ringing them in vain: otherwise it could be watched without their
 * knowledge. The others are refunded.
 */
async function refuseBusy(
  { ringLedgers, callIndex }: RingingContext & { readonly callIndex: Pick<CallIndex, 'liveCallsOf'> },
  { callerId, callees, into }: Rings & { readonly callerId: UserId },
  charge: Charge,
): Promise<void> {
  const busy = await busyAmong(callIndex, callees, { caller: callerId, into });
  if (busy.length === 0) return;
  const userIds = charge.userIds.filter((userId) => !busy.includes(userId));
  if (userIds.length > 0) {
    await quietly(change(ringLedgers, callerId, (ledger) => ledger && notRung(ledger, { ...charge, userIds })));
  }
  throw new CallError('user_busy');
}

async function refund(
  { ringLedgers }: Pick<RingingContext, 'ringLedgers'>,
  callerId: UserId,
  { charge, error }: { readonly charge: Charge; readonly error: unknown },
): Promise<void> {
  const rangNobody = error instanceof CallError && error.kind !== 'unavailable' && error.kind !== 'internal';
  const reveals = !isCostless(error);
  if (!rangNobody && reveals) return;
  await quietly(
    change(ringLedgers, callerId, (ledger) => {
      const withoutRing = rangNobody ? ledger && notRung(ledger, charge) : ledger;
      return reveals ? withoutRing : withoutRing && withoutAttempt(withoutRing);
    }),
  );
}

const isCostless = (error: unknown): boolean => error instanceof CallError && costless.has(error.code);

function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  return work.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
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

/** Returns the ledger before the change. `known`: as it was just read. */
async function change(
  ringLedgers: RingLedgers,
  callerId: UserId,
  step: (ledger: RingLedger | undefined) => RingLedger | undefined,
  known?: { readonly ledger: RingLedger | undefined },
): Promise<RingLedger | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = attempt === 0 && known !== undefined ? known.ledger : await ringLedgers.load(callerId);
    const after = step(before);
    if (after === undefined || (await ringLedgers.save(callerId, { before, after })) === 'saved') return before;
  }
  throw new CallError('too_many_requests', { retryAfterMs: retryCollisionMs });
}

function granted(ringing: Ringing): RingLedger {
  if (ringing.granted) return ringing.ledger;
  throw new CallError('too_many_requests', { retryAfterMs: ringing.retryAfterMs });
}
