/** How the members of a call stand, from all sides: their own, a node's, the store's, the API's. */
import { callView } from '../../../src/protocol/shared/calls.ts';
import { request } from '../../support/participant/person.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import type { MemberSeen } from '../judge/ghosts.ts';
import type { Truth, Violation } from '../judge/evidence.ts';
import type { Herd } from './herd.ts';

export async function viewOf(herd: Herd, truth: Truth, node: ServerProcess): Promise<readonly MemberSeen[]> {
  const { status, body } = await request(`${node.url}/v1/calls/${herd.callId}`, { credential: node.apiKey });
  if (status !== 200) throw new Error(`the app may not read ${herd.callId}: ${status}`);
  const told = callView.parse(body instanceof Object && 'call' in body ? body.call : body).participants;
  const stored = truth.calls.find(({ id }) => id === herd.callId)?.participants ?? [];
  return Promise.all(
    [...herd.wishes].map(async ([device, wish]) => ({
      userId: device.userId,
      wish,
      hasSession: await device.hasSession(herd.callId),
      stored: stored.find(({ userId }) => userId === device.userId),
      told: told.find(({ userId }) => userId === device.userId),
    })),
  );
}

/** A herd's call continues whatever its members do: its host never leaves. */
export function lostCall({ callId }: Herd, truth: Truth): readonly Violation[] {
  const call = truth.calls.find(({ id }) => id === callId);
  if (call?.phase === 'active') return [];
  return [{ rule: 'call lost', what: `${callId} is ${call?.phase ?? 'nowhere'}, and its host had not left` }];
}
