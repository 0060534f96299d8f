/** Keeps what a caller's ringing has used up, and refuses what is beyond it. */
import { CallError } from '../call/errors.ts';
import type { UserId } from '../call/ids.ts';
import { answeredBy, attempted, rung } from '../call/ringLedger.ts';
import type { RingLedger, RingLimits, Ringing } from '../call/ringLedger.ts';
import type { Clock } from '../ports/clock.ts';
import type { RingLedgers } from '../ports/ringLedgers.ts';

export interface RingingContext {
  readonly ringLedgers: RingLedgers;
  readonly ringLimits: RingLimits;
  readonly clock: Clock;
}

/** One caller at several devices loses a race now and then; who loses more asks too fast. */
const attempts = 10;
const retryCollisionMs = 1_000;

/** Every attempt counts, whether it may ring or not. Throws `too_many_requests` with the time to wait. */
export async function spendAttempt({ ringLedgers, ringLimits, clock }: RingingContext, callerId: UserId) {
  await change(ringLedgers, callerId, (ledger) => granted(attempted(ledger, ringLimits, clock.now())));
}

/** Throws `too_many_requests` when one of them was rung in vain too often a short while ago. */
export async function spendRinging(
  { ringLedgers, ringLimits, clock }: RingingContext,
  callerId: UserId,
  callees: readonly UserId[],
): Promise<void> {
  await change(ringLedgers, callerId, (ledger) => {
    const now = clock.now();
    const used = ledger ?? granted(attempted(undefined, ringLimits, now));
    return granted(rung(used, callees, { limits: ringLimits, now }));
  });
}

/** The callee has answered: nothing was in vain. */
export async function forgiveRinging(
  { ringLedgers }: Pick<RingingContext, 'ringLedgers'>,
  callerId: UserId,
  calleeId: UserId,
): Promise<void> {
  await change(ringLedgers, callerId, (ledger) => ledger && answeredBy(ledger, calleeId));
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
