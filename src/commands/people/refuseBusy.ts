/** Users who are in a call and want no second one are not rung. */
import { participantOf } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import type { CallId, UserId } from '../../domain/kernel/ids.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CallableAnswer } from './callable.ts';

interface Ringing {
  readonly caller: UserId;
  /** The call that they are invited to, if it exists. */
  readonly into?: CallId | undefined;
}

/** The busy ones among them. Only for users whom the caller may call: others would be revealed. */
export async function busyAmong(
  callIndex: Pick<CallIndex, 'liveCallsOf'>,
  answers: readonly CallableAnswer[],
  ringing: Ringing,
): Promise<readonly UserId[]> {
  const choosy = answers.filter(({ whenBusy }) => whenBusy === 'refuse');
  const busy = await Promise.all(
    choosy.map(async ({ calleeId }) =>
      (await callIndex.liveCallsOf(calleeId)).some((call) => keepsBusy(call, calleeId, ringing)),
    ),
  );
  return choosy.filter((_, index) => busy[index] === true).map(({ calleeId }) => calleeId);
}

/** They are in that call, and do not ring this very caller, with whom they would meet. */
function keepsBusy(call: Call, userId: UserId, { caller, into }: Ringing): boolean {
  if (call.id === into || participantOf(call, userId)?.state !== 'joined') return false;
  return call.phase === 'active' || participantOf(call, caller) === undefined;
}
