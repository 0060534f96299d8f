/**
 * One broadcast, one publisher with sound and picture, and as many viewers as it takes: on one worker, over two workers,
 * and over two nodes with an encrypted pipe between them.
 *
 *   npm run measure:fanout -- [--viewers 20,40,80] [--seconds 5]
 *
 * Real ICE, DTLS and SRTP at each viewer, in this process: what is reached is bounded by it as well. Loss is what is
 * missing in the sequence numbers of RTP (RFC 3550), nothing is asked for again. The latency of a hop is how much later
 * the same frame, by its RTP timestamp, is at the viewers behind it. The last line is one JSON object.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MemoryNodeChannels } from '../../src/adapters/memory/memoryNodeChannels.ts';
import { ChannelMessages } from '../../src/adapters/routing/channelMessages.ts';
import type { Admission, Device } from '../../src/call/admission.ts';
import type { CallId, NodeId } from '../../src/call/ids.ts';
import { cleanUpParticipants } from '../support/participant.ts';
import { newCallId, Studio } from '../support/participant/studio.ts';
import { randomTail } from '../support/redis.ts';
import { Arrivals } from './arrivals.ts';

const { values } = parseArgs({
  options: { viewers: { type: 'string', default: '20,40,80' }, seconds: { type: 'string', default: '5' } },
});
const counts = values.viewers.split(',').map(Number);
const measureMs = Number(values.seconds) * 1000;
/** Of packets; past it the next number is not tried. */
const mostLoss = 0.001;
const settleMs = 2_000;
const atOnce = 10;

type Way = 'oneWorker' | 'twoWorkers' | 'twoNodes';
interface Measured {
  readonly viewers: number;
  readonly packets: number;
  readonly loss: number;
  /** Share of a core, of all media workers together. */
  readonly cpu: number;
  readonly hopMs: { readonly p50: number; readonly p95: number } | null;
}

const alice: Device = { userId: 'alice', deviceId: 'alice-phone' };
const admission: Admission = {
  ...{ version: 1, leastEpoch: 1, flowing: true, admitted: [alice], onHold: new Set() },
  welcome: new Set(['alice']),
};
const unlimited = { consumers: Number.MAX_SAFE_INTEGER, cpuShare: Number.MAX_SAFE_INTEGER };

/** `far` viewers are behind the hop. */
interface Stage {
  readonly studios: readonly Studio[];
  readonly watch: (name: string, isFar: boolean, observe: (packet: Buffer) => void) => Promise<void>;
}

async function staged(way: Way, viewers: number, callId: CallId): Promise<Stage> {
  if (way !== 'twoNodes') {
    // The publisher has two tracks: a place for each, and half of the viewers fit.
    const consumers = 2 * (1 + Math.ceil(viewers / 2));
    const outgrownAt = way === 'oneWorker' ? unlimited : { consumers, cpuShare: Number.MAX_SAFE_INTEGER };
    const studio = await Studio.create({ workers: way === 'oneWorker' ? 1 : 2, outgrownAt });
    return { studios: [studio], watch: (name, _far, observe) => watch(studio, { callId, name, observe }) };
  }
  const channels = new MemoryNodeChannels();
  const ownerId: NodeId = `node_${randomTail()}`;
  const open = (nodeId: NodeId) => {
    const onBroken = (error: unknown) => {
      console.error('a message between the nodes is broken', error);
      process.exitCode = 1;
    };
    const messages = new ChannelMessages({ channel: channels.open(nodeId), answerWithinMs: 10_000, onBroken });
    return Studio.create({ messages, outgrownAt: unlimited });
  };
  const owner = await open(ownerId);
  const other = await open(`node_${randomTail()}`);
  return {
    studios: [owner, other],
    watch: (name, isFar, observe) =>
      watch(isFar ? other : owner, { callId, name, observe, ...(isFar ? { owner: ownerId } : {}) }),
  };
}

interface Watching {
  readonly callId: CallId;
  readonly name: string;
  readonly observe: (packet: Buffer) => void;
  readonly owner?: NodeId;
}

async function watch(studio: Studio, { callId, name, ...options }: Watching): Promise<void> {
  await studio.sit(callId, { userId: name, deviceId: `${name}-device` }, admission, { asViewer: true, ...options });
}

async function cpuOf(studios: readonly Studio[]): Promise<number> {
  const loads = await Promise.all(studios.map((studio) => studio.broadcasts.load()));
  return loads.flat().reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

async function measured(way: Way, viewers: number): Promise<Measured> {
  const callId = newCallId();
  const { studios, watch: join } = await staged(way, viewers, callId);
  const [home] = studios;
  if (home === undefined) throw new Error('there is no studio');
  try {
    const host = await home.sit(callId, alice, admission);
    await host.participant.publish(['microphone', 'camera']);
    const near = new Arrivals();
    const far = new Arrivals();
    for (let first = 0; first < viewers; first += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, viewers - first) }, (_, index) => first + index);
      await Promise.all(
        some.map((index) => {
          const isFar = way !== 'oneWorker' && index >= Math.ceil(viewers / 2);
          return join(`viewer${index}`, isFar, (isFar ? far : near).observer());
        }),
      );
    }
    await delay(settleMs);
    for (const arrivals of [near, far]) arrivals.begin();
    const [cpuBefore, beganAt] = [await cpuOf(studios), performance.now()];
    await delay(measureMs);
    const cpu = ((await cpuOf(studios)) - cpuBefore) / ((performance.now() - beganAt) / 1000);
    for (const arrivals of [near, far]) arrivals.end();
    const packets = near.received + far.received;
    const loss = 1 - packets / (near.expected + far.expected);
    return { viewers, packets, loss, cpu, hopMs: way === 'oneWorker' ? null : far.laterThan(near) };
  } finally {
    await Promise.all(studios.map((studio) => studio.stop()));
  }
}

async function rampUp(way: Way): Promise<readonly Measured[]> {
  const all: Measured[] = [];
  for (const viewers of counts) {
    const one = await measured(way, viewers);
    console.error(way, JSON.stringify(one));
    all.push(one);
    if (one.loss >= mostLoss) break;
  }
  return all;
}

const ways: Record<Way, readonly Measured[]> = {
  oneWorker: await rampUp('oneWorker'),
  twoWorkers: await rampUp('twoWorkers'),
  twoNodes: await rampUp('twoNodes'),
};
cleanUpParticipants();
const reached = (all: readonly Measured[]) =>
  Math.max(0, ...all.filter(({ loss }) => loss < mostLoss).map(({ viewers }) => viewers));
const summary = Object.entries(ways).map(([way, all]) => {
  const most = all.findLast(({ loss }) => loss < mostLoss);
  const baseline = ways.oneWorker.find(({ viewers }) => viewers === most?.viewers);
  const extraCpu = most === undefined || baseline === undefined ? null : most.cpu - baseline.cpu;
  return [way, { reached: reached(all), ...most, extraCpu }];
});
console.log(JSON.stringify({ scenario: 'fanout', ...Object.fromEntries(summary) }));
process.exitCode ??= Object.values(ways).every((all) => reached(all) > 0) ? 0 : 1;
process.exit();
