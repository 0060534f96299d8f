/** Who is in a call and wants no second one then is not rung. */
import { participantOf } from '../call/call.ts';
import type { Call } from '../call/call.ts';
import { CallError } from '../call/errors.ts';
import type { CallId, UserId } from '../call/ids.ts';
import type { CallStore } from '../ports/callStore.ts';
import type { CallableAnswer } from './callable.ts';

interface Ringing {
  readonly caller: UserId;
  /** The call that they are asked into, when it exists. */
  readonly into?: CallId;
}

/** Throws `user_busy`. Only for those whom the caller may call: to others it would tell. */
export async function refuseBusy(
  store: Pick<CallStore, 'liveCallsOf'>,
  answers: readonly CallableAnswer[],
  ringing: Ringing,
): Promise<void> {
  const choosy = answers.filter(({ whenBusy }) => whenBusy === 'refuse');
  const busy = await Promise.all(
    choosy.map(async ({ calleeId }) =>
      (await store.liveCallsOf(calleeId)).some((call) => keepsBusy(call, calleeId, ringing)),
    ),
  );
  if (busy.includes(true)) throw new CallError('user_busy');
}

/** They are in it, and not ringing this very caller, whom they then meet. */
function keepsBusy(call: Call, userId: UserId, { caller, into }: Ringing): boolean {
  if (call.id === into || participantOf(call, userId)?.state !== 'joined') return false;
  return call.phase === 'active' || participantOf(call, caller) === undefined;
}
