/** Calls that are made and cancelled at a steady rate: each owes every webhook receiver its messages. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { admittedCall } from '../../../src/protocol/shared/calls.ts';
import { request } from '../../support/participant/person.ts';
import { isOver } from '../torment.ts';
import type { Torment } from '../torment.ts';

/** When the client knew that it had happened: from then on the app may wait for the message. */
export interface Happened {
  readonly callId: string;
  readonly event: 'made' | 'ended';
  readonly at: number;
}
export interface Person {
  readonly userId: string;
  readonly token: string;
}

/** As in an app with some thousand users, and enough to fill what a dead receiver takes of shared room. */
const perSecond = 5;

/** Open loop: a slow answer holds up no later call. Answers what was refused, and how often. */
export async function callBriefly(
  torment: Torment,
  people: readonly Person[],
  happened: Happened[],
): Promise<ReadonlyMap<string, number>> {
  const refused = new Map<string, number>();
  const calls: Promise<void>[] = [];
  for (let index = 0; !isOver(torment); index += 1) {
    const [caller, callee] = [people[(index * 2) % people.length], people[(index * 2 + 1) % people.length]];
    if (caller === undefined || callee === undefined) throw new Error('nobody to call');
    const call = callOnce(torment, { caller, callee }, happened).catch((error: unknown) => {
      const why = String(error);
      refused.set(why, (refused.get(why) ?? 0) + 1);
    });
    calls.push(call);
    await delay(1000 / perSecond);
  }
  await Promise.all(calls);
  return refused;
}

interface Pair {
  readonly caller: Person;
  readonly callee: Person;
}

async function callOnce({ stage, dice }: Torment, { caller, callee }: Pair, happened: Happened[]): Promise<void> {
  const { url } = dice.oneOf([...stage.nodes.values()]);
  const deviceId = `brief-${randomBytes(6).toString('hex')}`;
  const post = (path: string, body: unknown) =>
    request(`${url}${path}`, { method: 'POST', credential: caller.token, body });
  const made = await post('/v1/calls', { callees: [callee.userId], media: 'audio', deviceId });
  if (made.status !== 201) throw new Error(`a call was refused: ${made.status} ${JSON.stringify(made.body)}`);
  const { id: callId } = admittedCall.parse(made.body).call;
  happened.push({ callId, event: 'made', at: Date.now() });
  await delay(200);
  const { status } = await post(`/v1/calls/${callId}/cancel`, { deviceId });
  if (status !== 200) throw new Error(`to cancel was refused: ${status}`);
  happened.push({ callId, event: 'ended', at: Date.now() });
}
