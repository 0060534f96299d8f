/** One call as people make it, with the time of each part. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AdmittedCall, CallView } from '../../protocol/shared/calls.ts';
import type { PartName } from '../figures/parts.ts';
import type { MediaTally } from '../figures/tally.ts';
import { slowest } from '../media/connectingTimes.ts';
import type { ConnectingTimes } from '../media/connectingTimes.ts';
import { devicesOf } from '../people/party.ts';
import type { Joined, Party, PartyDevice, PartySeat } from '../people/party.ts';
import type { Course, Scenario } from '../plan/scenario.ts';
import { step } from './steps.ts';

export interface CallToMake {
  readonly party: Party;
  readonly course: Course;
  /** `performance.now()` when it was due: times count from here. */
  readonly dueAt: number;
  readonly scenario: Pick<Scenario, 'ringMs' | 'talkMs' | 'rejoins' | 'giveUpMs'>;
  /** Undefined when it is not counted. */
  readonly tally: MediaTally | undefined;
}
interface CallUnderWay extends CallToMake {
  /** Every `join` of this call, also those that are answered after it is over. */
  readonly joins: Promise<Joined>[];
}
export type PartTimes = Partial<Record<PartName, number>>;

type CallId = CallView['id'];
interface Ringing {
  readonly callId: CallId;
  /** When the last device of all callees rang. */
  readonly rangAt: number;
  readonly caller: Promise<Seated>;
}
interface Seated {
  readonly device: PartyDevice;
  readonly seat: PartySeat;
  readonly ready: Promise<ConnectingTimes>;
}

/** Fills `parts` as far as it comes; rejects with `StepFailed` where it fails. */
export async function makeCall(toMake: CallToMake, parts: PartTimes): Promise<void> {
  const call: CallUnderWay = { ...toMake, joins: [] };
  let callId: CallId | undefined;
  try {
    const beganAt = performance.now();
    const created = await create(call);
    parts.http = performance.now() - beganAt;
    callId = created.call.id;
    const ringing = await ring(call, created);
    parts.ring = ringing.rangAt - beganAt;
    if (call.course === 'answered') await talk(call, ringing, parts);
    else await endUnanswered(call, ringing, parts);
  } catch (error) {
    for (const device of devicesOf(call.party)) device.count();
    if (callId !== undefined) await abandon(call.party, callId);
    throw error;
  } finally {
    for (const device of devicesOf(call.party)) device.clear(callId);
    for (const joining of call.joins) closeWhenJoined(joining);
  }
}

async function create({ party, scenario }: CallUnderWay): Promise<AdmittedCall> {
  const creating = party.caller.call(party.callees.map(({ answering }) => answering.userId));
  try {
    return await step('create', scenario.giveUpMs, creating);
  } catch (error) {
    // A call that is created later than anybody waits for it would ring, and keep these people busy.
    creating.then(
      (late) => abandon(party, late.call.id),
      () => undefined,
    );
    throw error;
  }
}

async function ring(call: CallUnderWay, { call: { id: callId }, ticket }: AdmittedCall): Promise<Ringing> {
  const { party, scenario } = call;
  const { giveUpMs } = scenario;
  const caller = takeSeat(call, party.caller, ticket);
  const all = party.callees.flatMap(({ answering, others }) => [answering, ...others]);
  const rang = await Promise.all(all.map((device) => step('ring', giveUpMs, device.rang.wait(callId, giveUpMs))));
  return { callId, rangAt: Math.max(...rang.map(({ at }) => at)), caller };
}

/** Joins. The call may wait for something else when this fails: it learns of the failure when it comes to the seat. */
function takeSeat({ scenario, tally, joins }: CallUnderWay, device: PartyDevice, ticket: string): Promise<Seated> {
  const joining = device.join(ticket, tally);
  joins.push(joining);
  joining.then(
    ({ ready }) => {
      ready.catch(() => undefined);
    },
    () => undefined,
  );
  const seated = step('join', scenario.giveUpMs, joining).then(({ seat, ready }) => ({ device, seat, ready }));
  return awaitedLater(seated);
}

/** Closes a seat that arrives after its call is over. */
function closeWhenJoined(joining: Promise<Joined>): void {
  joining.then(
    ({ seat }) => {
      seat.close();
    },
    () => undefined,
  );
}

/** A promise that is awaited later: if it rejects before, that is not an unhandled rejection, which would end the process. */
function awaitedLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

async function talk(call: CallUnderWay, { callId, rangAt, caller }: Ringing, parts: PartTimes): Promise<void> {
  const { party, scenario, dueAt } = call;
  const { ringMs, giveUpMs } = scenario;
  const answering = party.callees.map((callee) => callee.answering);
  // Warm while it rings, as the SDK does: whoever answers is in the call already.
  const seats = answering.map((device) =>
    awaitedLater(device.rang.wait(callId, giveUpMs).then(({ ticket }) => takeSeat(call, device, ticket))),
  );
  await delay(rangAt + ringMs - performance.now());
  const answeredAt = performance.now();
  const answers = answering.map((device) =>
    awaitedLater(step('answer', giveUpMs, device.answer(callId)).then(() => performance.now() - answeredAt)),
  );
  const seated = await Promise.all([caller, ...seats]);
  for (const { seat } of seated) seat.speak();
  const heard = awaitedLater(everybodyHears(seated, giveUpMs));
  parts.answer = Math.max(...(await Promise.all(answers)));
  const times = slowest(await Promise.all(seated.map(({ ready }) => step('connect', giveUpMs, ready))));
  const heardAt = await heard;
  parts.join = Math.max(...seated.map(({ seat }) => seat.joinMs));
  [parts.ice, parts.dtls] = [times.iceMs, times.dtlsMs];
  parts.answerToRtp = heardAt - answeredAt;
  parts.setup = heardAt - dueAt - (answeredAt - rangAt);
  await converse(call, callId, seated, parts);
  await hangUp(call, callId, parts);
}

async function everybodyHears(seated: readonly Seated[], giveUpMs: number): Promise<number> {
  const times = seated.map(({ device, seat }) => {
    const others = seated.map((one) => one.device.userId).filter((userId) => userId !== device.userId);
    return step('first packet', giveUpMs, seat.hears(others, giveUpMs));
  });
  return Math.max(...(await Promise.all(times)));
}

/** The last of them leaves and comes back, as often as it is asked for. */
async function converse(
  call: CallUnderWay,
  callId: CallId,
  seated: readonly Seated[],
  parts: PartTimes,
): Promise<void> {
  const { rejoins, talkMs } = call.scenario;
  let last = seated.at(-1);
  const others = seated.slice(0, -1);
  for (let left = rejoins; left > 0 && last !== undefined; left -= 1) {
    await delay(talkMs / (rejoins + 1));
    last = await comeBack(call, callId, { who: last, others }, parts);
  }
  await delay(talkMs / (rejoins + 1));
}

async function comeBack(
  call: CallUnderWay,
  callId: CallId,
  { who, others }: { readonly who: Seated; readonly others: readonly Seated[] },
  parts: PartTimes,
): Promise<Seated> {
  const { giveUpMs } = call.scenario;
  who.device.count();
  for (const { seat } of others) seat.forget(who.device.userId);
  await step('leave', giveUpMs, who.device.act(callId, 'leave'));
  who.seat.close();
  const beganAt = performance.now();
  const ticket = await step('rejoin', giveUpMs, who.device.rejoin(callId));
  const again = await takeSeat(call, who.device, ticket);
  again.seat.speak();
  await step('connect', giveUpMs, again.ready);
  const heardAt = await everybodyHears([...others, again], giveUpMs);
  parts.rejoin = Math.max(parts.rejoin ?? 0, heardAt - beganAt);
  return again;
}

async function hangUp({ party, scenario }: CallToMake, callId: CallId, parts: PartTimes): Promise<void> {
  const { caller, callees } = party;
  const { giveUpMs } = scenario;
  for (const device of devicesOf(party)) device.count();
  const saidAt = performance.now();
  const ends = callees.map(({ answering }) =>
    awaitedLater(step('end', giveUpMs, answering.over.wait(callId, giveUpMs))),
  );
  const said = callees.length > 1 ? caller.end(callId) : caller.act(callId, 'leave');
  const [at] = await Promise.all([Promise.all(ends), step('hang up', giveUpMs, said)]);
  parts.end = Math.max(...at) - saidAt;
}

async function endUnanswered(call: CallUnderWay, { callId, rangAt, caller }: Ringing, parts: PartTimes): Promise<void> {
  const { party, course, scenario } = call;
  const { ringMs, giveUpMs } = scenario;
  const seated = await caller;
  await step('connect', giveUpMs, seated.ready);
  if (course !== 'missed') await delay(rangAt + ringMs - performance.now());
  const saidAt = performance.now();
  const everybody = course === 'cancelled' ? devicesOf(party).filter((one) => one !== party.caller) : [party.caller];
  const ends = everybody.map((device) => awaitedLater(step('end', giveUpMs, device.over.wait(callId, giveUpMs))));
  if (course === 'cancelled') await step('cancel', giveUpMs, party.caller.act(callId, 'cancel'));
  if (course === 'declined') {
    await Promise.all(
      party.callees.map(({ answering }) => step('decline', giveUpMs, answering.act(callId, 'decline'))),
    );
  }
  const endedAt = Math.max(...(await Promise.all(ends)));
  if (course === 'missed') parts.missed = endedAt - rangAt;
  else parts.end = endedAt - saidAt;
}

/** What has failed already is not judged again: everybody leaves, so that the next call of these people finds them free. */
async function abandon(party: Party, callId: CallId): Promise<void> {
  await Promise.allSettled(
    [party.caller, ...party.callees.map(({ answering }) => answering)].map((device) => device.act(callId, 'leave')),
  );
  await Promise.allSettled([party.caller.act(callId, 'cancel')]);
}
