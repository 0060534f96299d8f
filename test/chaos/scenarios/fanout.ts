/** One speaks and many listen: on one media worker, spread over two, and over two nodes. */
import { setTimeout as delay } from 'node:timers/promises';
import { mediaOutgrownAt } from '../../../config/media.ts';
import { issuedTicket } from '../../../src/protocol/http/http.ts';
import { LightAudience } from '../../support/light/audience.ts';
import { request } from '../../support/participant/person.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Ear } from '../clients/ears.ts';
import { now } from '../clients/ears.ts';
import { LightViewer } from '../clients/lightViewer.ts';
import { Signaller } from '../clients/signaller.ts';
import { Viewer } from '../clients/viewer.ts';
import type { Violation } from '../judge/evidence.ts';
import { percentilesOf } from '../judge/silence.ts';
import { makeCalls, pairsOf } from '../stage/calls.ts';
import type { Talk } from '../stage/calls.ts';
import { Crowd } from '../stage/crowd.ts';
import { figuresOf } from '../stage/figures.ts';
import { machineOf } from '../stage/machines.ts';
import { Stage } from '../stage/stage.ts';
import type { Outcome, Scenario, ScenarioOptions } from './scenario.ts';

interface Spread {
  readonly nodes: number;
  readonly workers: number;
  /** Viewers without media who fill the first worker: those who are measured come to the other then. */
  readonly silent: number;
}
/** What there is to hear: two who talk. */
const tracks = 2;
const spreads: Readonly<Record<string, Spread>> = {
  'one worker': { nodes: 1, workers: 1, silent: 0 },
  'two workers': { nodes: 1, workers: 2, silent: mediaOutgrownAt.consumers / tracks },
  'two nodes': { nodes: 2, workers: 1, silent: 0 },
};

/** Of the viewers so many hear what is said and when it was; of the others packets are counted. */
const fullViewers = 20;
const packetMs = 20;
const together = 10;
const listenMs = 10_000;
const soundWithinMs = 30_000;
/** More than this part of the speech must not be missed. */
const lossLimit = 0.001;

interface Heard {
  readonly spread: string;
  readonly viewers: number;
  readonly reached: number;
  /** Part of the speech that was missed, of all viewers. */
  readonly loss: number;
  /** From mouth to ear, mean of each of those viewers who hear. */
  readonly wayMs: { readonly p50: number; readonly p95: number };
  /** Of all media workers, as parts of a core. */
  readonly cores: number;
  /** Of the process that receives for the others, and the packets that it was too late for. */
  readonly receiversCores: number;
  readonly droppedThere: number;
  readonly joinedInMs: number;
}

interface Audience {
  readonly full: Viewer[];
  readonly light: LightViewer[];
  readonly receivers: LightAudience;
}

async function play(options: ScenarioOptions): Promise<Outcome> {
  const { calls: viewers, only, tell } = options;
  const heard: Heard[] = [];
  for (const [name, spread] of Object.entries(spreads)) {
    if (only.length > 0 && !only.some((one) => name.endsWith(one))) continue;
    heard.push(await listen(name, spread, options));
    tell(JSON.stringify(heard.at(-1)));
  }
  const violations = heard.flatMap(({ spread, reached, loss }): readonly Violation[] => [
    ...(reached < viewers
      ? [{ rule: 'call lost', what: `${reached} of ${viewers} heard it, ${spread}` } as const]
      : []),
    ...(loss >= lossLimit
      ? [{ rule: 'silence', what: `${(loss * 100).toFixed(3)} % missed, ${spread}` } as const]
      : []),
  ]);
  const lost = violations.filter(({ rule }) => rule === 'call lost').length;
  return { calls: 1, lost, duplicates: 0, mediaBackMs: percentilesOf([]), violations, viewers, heard };
}

async function listen(name: string, spread: Spread, { run, calls: count, tell }: ScenarioOptions): Promise<Heard> {
  const stage = await Stage.set({
    run,
    nodes: spread.nodes,
    environment: { VEILCAST_MEDIA_WORKERS: String(spread.workers) },
    // Where the other nodes reach its media.
    ofNode: (node) => ({ VEILCAST_PIPE_ADDRESS: machineOf(run, node).address }),
  });
  const [talkers, crowd, silent] = [0, 50_000, 70_000].map((first) => new Crowd(stage, { first }));
  if (talkers === undefined || crowd === undefined || silent === undefined) throw new Error('there are three crowds');
  const audience: Audience = { full: [], light: [], receivers: await LightAudience.start() };
  const fillers: Signaller[] = [];
  try {
    await talkers.know(2);
    await crowd.know(count + (count % 2));
    const [talk] = await makeCalls(pairsOf(await talkers.connect()));
    if (talk === undefined) throw new Error('nobody speaks');
    const began = now();
    await silent.know(spread.silent);
    fillers.push(...(await fill(stage, silent, talk)));
    const userIds = crowd.userIds.slice(0, count);
    let isFull = false;
    for (let at = 0; at < count && !isFull; at += together) {
      const some = userIds.slice(at, at + together);
      const coming = some.map((userId, index) => watch(stage, { crowd, talk, userId, index: at + index }, audience));
      isFull = (await Promise.all(coming)).includes('no room');
    }
    const joinedInMs = Math.round(now() - began);
    const { full, light } = audience;
    tell(`${full.length + light.length} viewers, ${name}`);
    const hearBoth = () =>
      full.every(({ ears }) => ears.length === tracks) && light.every(({ subscriptions }) => subscriptions === tracks);
    await waitFor('all to hear both', hearBoth, { withinMs: soundWithinMs });
    await delay(1_000);
    return { spread: name, viewers: count, joinedInMs, ...(await measure(stage, audience)) };
  } finally {
    await Promise.all([...audience.full, ...audience.light, ...fillers].map((one) => one.close()));
    await Promise.all([talkers.close(), crowd.close(), audience.receivers.stop()]);
    await stage.close();
  }
}

interface Watching {
  readonly crowd: Crowd;
  readonly talk: Talk;
  readonly userId: string;
  readonly index: number;
}

/** Those who hear are among the others from the first to the last, and as many at each node. */
async function watch(
  stage: Stage,
  { crowd, talk, userId, index }: Watching,
  audience: Audience,
): Promise<'came' | 'no room'> {
  const { urls, clientAddress: localAddress } = stage;
  const before = Math.floor((index * fullViewers) / crowd.userIds.length);
  const hears = index === 0 || Math.floor(((index - 1) * fullViewers) / crowd.userIds.length) < before;
  const url = urls[(hears ? before : index) % urls.length] ?? '';
  const ticket = await ticketFor(stage, talk, { userId, url });
  const options = { userId, token: crowd.tokenOf(userId), ticket, callId: talk.callId, url, localAddress };
  try {
    if (hears) audience.full.push(await Viewer.watch(options));
    else audience.light.push(await LightViewer.watch(options, audience.receivers));
    return 'came';
  } catch (error) {
    // The server says so before its workers starve.
    if (!String(error).includes('overloaded')) throw error;
    return 'no room';
  }
}

async function fill(stage: Stage, silent: Crowd, talk: Talk): Promise<readonly Signaller[]> {
  const [url = ''] = stage.urls;
  const made: Signaller[] = [];
  for (const userId of silent.userIds) {
    const token = silent.tokenOf(userId);
    const one = await Signaller.connect({ userId, token, url, localAddress: stage.clientAddress });
    await one.join(await ticketFor(stage, talk, { userId, url }));
    made.push(one);
  }
  return made;
}

async function ticketFor(
  stage: Stage,
  { callId }: Talk,
  { userId, url }: { readonly userId: string; readonly url: string },
): Promise<string> {
  const options = { method: 'POST', credential: stage.node('node1').apiKey, body: { userId, rights: ['watch'] } };
  const { body } = await request(`${url}/v1/calls/${callId}/tickets`, options);
  return issuedTicket.parse(body).ticket;
}

async function measure(
  stage: Stage,
  { full, light, receivers }: Audience,
): Promise<Omit<Heard, 'spread' | 'viewers' | 'joinedInMs'>> {
  await receivers.begin();
  const before = full.flatMap(({ ears }) => ears.map((ear) => ({ ...ear })));
  const [beganAt, cpuBefore] = [now(), await workerCpu(stage)];
  await delay(listenMs);
  const [tookMs, cpu] = [now() - beganAt, (await workerCpu(stage)) - cpuBefore];
  const spans = full.flatMap(({ ears }) => ears).map((ear, index) => since(before[index], ear));
  const reached = full.filter(({ ears }) => ears.every(({ lastAt }) => now() - lastAt < 500)).length;
  const { received, expected, whole, ...there } = await receivers.end();
  if (light.length > 0 && expected === 0) throw new Error('nothing came to those whose packets are counted');
  const heard = spans.filter(({ packets }) => packets > 0);
  const missed = spans.reduce((sum, { missedMs }) => sum + missedMs, 0) / packetMs;
  const ways = percentilesOf(heard.map(({ wayMs, packets }) => (wayMs / packets) * 100));
  return {
    reached: reached + whole,
    loss: (missed + expected - received) / ((tookMs * spans.length) / packetMs + expected),
    // Percentiles are whole numbers: hundredths of a millisecond go in.
    wayMs: { p50: ways.p50 / 100, p95: ways.p95 / 100 },
    cores: Math.round((cpu * 1000 * 1000) / tookMs) / 1000,
    receiversCores: Math.round(there.cpu * 1000) / 1000,
    droppedThere: there.droppedHere,
  };
}

function since(before: Ear | undefined, ear: Ear): Pick<Ear, 'packets' | 'missedMs' | 'wayMs'> {
  return {
    packets: ear.packets - (before?.packets ?? 0),
    missedMs: ear.missedMs - (before?.missedMs ?? 0),
    wayMs: ear.wayMs - (before?.wayMs ?? 0),
  };
}

async function workerCpu(stage: Stage): Promise<number> {
  const all = await Promise.all([...stage.nodes.values()].map(({ adminUrl }) => figuresOf(adminUrl)));
  return all.reduce((sum, { workerCpuSeconds }) => sum + workerCpuSeconds, 0);
}

export const fanout: Scenario = {
  story: 'one call and its audience on one media worker, over two, and over two nodes',
  calls: 100,
  play,
};
