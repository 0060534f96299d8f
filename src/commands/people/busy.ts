/** Who is in a call and wants no second one then is not rung. */
import { participantOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import type { CallId, UserId } from '../../domain/kernel/ids.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { CallableAnswer } from './callable.ts';

interface Ringing {
  readonly caller: UserId;
  /** The call that they are asked into, when it exists. */
  readonly into?: CallId;
}

/** Those who are. Only for those whom the caller may call: to others it would tell. */
export async function busyAmong(
  store: Pick<CallStore, 'liveCallsOf'>,
  answers: readonly CallableAnswer[],
  ringing: Ringing,
): Promise<readonly UserId[]> {
  const choosy = answers.filter(({ whenBusy }) => whenBusy === 'refuse');
  const busy = await Promise.all(
    choosy.map(async ({ calleeId }) =>
      (await store.liveCallsOf(calleeId)).some((call) => keepsBusy(call, calleeId, ringing)),
    ),
  );
  return choosy.filter((_, index) => busy[index] === true).map(({ calleeId }) => calleeId);
}

/** They are in it, and not ringing this very caller, whom they then meet. */
function keepsBusy(call: Call, userId: UserId, { caller, into }: Ringing): boolean {
  if (call.id === into || participantOf(call, userId)?.state !== 'joined') return false;
  return call.phase === 'active' || participantOf(call, caller) === undefined;
}
