/**
 * One broadcast, one publisher with sound and picture, and as many viewers as it takes: on one worker, over two workers,
 * and over two nodes with an encrypted pipe between them.
 *
 *   npm run measure:fanout -- [--viewers 100,250,500,1000,1250,1500,1750] [--seconds 5] [--ways oneWorker,twoWorkers,twoNodes]
 *
 * Each viewer has a socket of its own with real ICE and DTLS, in a process of its own for all of them; it looks at the
 * headers of SRTP and leaves the rest closed, so that the server is the first to have no more to give. Loss is what is
 * missing in the sequence numbers of RTP (RFC 3550), nothing is asked for again. A frame is known by its RTP timestamp:
 * the latency of a hop is how much later the same one is at the viewers behind it. The last line is one JSON object.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { MemoryNodeChannels } from '../../src/adapters/memory/memoryNodeChannels.ts';
import { ChannelMessages } from '../../src/adapters/routing/channelMessages.ts';
import type { Admission, Device } from '../../src/domain/media/admission.ts';
import type { CallId, NodeId } from '../../src/domain/kernel/ids.ts';
import { LightAudience, receiversRole } from '../support/light/audience.ts';
import type { LightViewer } from '../support/light/audience.ts';
import type { Reckoning } from '../support/light/orders.ts';
import { receiveForParent } from '../support/light/receivers.ts';
import { cleanUpParticipants } from '../support/participant.ts';
import { listenAddress, newCallId, Studio } from '../support/participant/studio.ts';
import { randomTail } from '../support/redis/redis.ts';
import { waitFor } from '../support/waitFor.ts';

const way = z.enum(['oneWorker', 'twoWorkers', 'twoNodes']);
type Way = z.infer<typeof way>;

/** Of packets; past it the next number is not tried. */
const maxLoss = 0.001;
/** From the publisher to the viewers, of sound: more is felt in a talk (ITU-T G.114). */
const longestWayMs = 150;
const settleMs = 5_000;
const offeredWithinMs = 30_000;
const atOnce = 10;
const tracks = 2;
const soundBytes = 60;
/** Sound each 20 ms, a frame of picture each 33 ms; timers are late at times, but not by more than this part. */
const sentPerSecond = 1000 / 20 + 1000 / 33;
const rateTolerance = 0.05;

interface Measured {
  readonly viewers: number;
  readonly packets: number;
  readonly loss: number;
  /** Packets a second that were due to each viewer: fewer than were sent while a queue grew or the publisher was late, more while one emptied. */
  readonly rate: number;
  /** Viewers to whom both tracks came. */
  readonly whole: number;
  /** Shares of a core: of each media worker, of this process (publisher and signalling) and of the receivers' process. */
  readonly workersCpu: readonly number[];
  readonly ownCpu: number;
  readonly receiversCpu: number;
  /** Packets that came too fast for the receivers' process. */
  readonly droppedThere: number;
  /** From the publisher to each viewer, of all packets of sound. */
  readonly wayMs: Percentiles | null;
  readonly hopMs: Percentiles | null;
}
type Percentiles = NonNullable<Reckoning['wayMs']>;

const alice: Device = { userId: 'alice', deviceId: 'alice-phone' };
const admission: Admission = {
  version: 1,
  leastOwnerTerm: 1,
  flowing: true,
  admitted: [alice],
  onHold: new Set(),
  welcome: new Set(['alice']),
};
const unlimited = { consumers: Number.MAX_SAFE_INTEGER, cpuShare: Number.MAX_SAFE_INTEGER };

interface Stage {
  readonly home: Studio;
  /** Of another node, whose viewers name the owner. */
  readonly relay?: { readonly studio: Studio; readonly owner: NodeId };
}

async function staged(way: Way, viewers: number): Promise<Stage> {
  if (way === 'oneWorker') return { home: await Studio.create({ outgrownAt: unlimited }) };
  if (way === 'twoWorkers') {
    // A place for each track of the publisher and of the first half: the others come to the second worker.
    const consumers = tracks * (1 + halfOf(viewers));
    const outgrownAt = { consumers, cpuShare: Number.MAX_SAFE_INTEGER };
    return { home: await Studio.create({ workers: 2, outgrownAt }) };
  }
  const channels = new MemoryNodeChannels();
  const owner: NodeId = `node_${randomTail()}`;
  const open = (nodeId: NodeId) => {
    const onBroken = (error: unknown) => {
      console.error('a message between the nodes is broken', error);
      process.exitCode = 1;
    };
    const messages = new ChannelMessages({ channel: channels.open(nodeId), answerWithinMs: 10_000, onBroken });
    return Studio.create({ messages, outgrownAt: unlimited });
  };
  const home = await open(owner);
  return { home, relay: { owner, studio: await open(`node_${randomTail()}`) } };
}

function studiosOf({ home, relay }: Stage): readonly Studio[] {
  return relay === undefined ? [home] : [home, relay.studio];
}

/** How many are in front of the hop. */
function halfOf(viewers: number): number {
  return Math.ceil(viewers / 2);
}

/** Who watches what, and by which receivers. */
interface Watching {
  readonly callId: CallId;
  readonly audience: LightAudience;
  readonly name: string;
  readonly isFar: boolean;
}

async function watch({ home, relay }: Stage, { callId, audience, name, isFar }: Watching): Promise<LightViewer> {
  const { studio, ...elsewhere } = isFar && relay !== undefined ? relay : { studio: home };
  const device: Device = { userId: name, deviceId: `${name}-device` };
  const seat = await studio.enter(callId, device, admission, { asViewer: true, ...elsewhere });
  const { broadcasts } = studio;
  const viewer = audience.viewer({
    name,
    group: isFar ? 'far' : 'near',
    transport: seat.media.receive,
    localAddress: listenAddress,
    signalling: {
      connect: (dtls) => broadcasts.connect(seat.sessionId, 'receive', dtls),
      ready: (subscriptionIds) => broadcasts.ready(seat.sessionId, subscriptionIds),
    },
  });
  await studio.takeUp(seat, viewer);
  return viewer;
}

/** RTP timestamps of the publisher's sound, and when each was sent. */
type Sent = [timestamp: number, at: number][];

async function publishing({ home }: Stage, callId: CallId): Promise<Sent> {
  const sent: Sent = [];
  const say = (timestamp: number) => {
    // The same clock as the kernel’s, to the millisecond.
    sent.push([timestamp, Date.now()]);
    return Buffer.alloc(soundBytes, 0x55);
  };
  const host = await home.sit(callId, alice, admission, { say });
  await host.participant.publish(['microphone', 'camera']);
  return sent;
}

interface Filling {
  readonly way: Way;
  readonly viewers: number;
  readonly callId: CallId;
  readonly audience: LightAudience;
}

async function fill(stage: Stage, { way, viewers, callId, audience }: Filling): Promise<void> {
  const watching: LightViewer[] = [];
  for (let first = 0; first < viewers; first += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, viewers - first) }, (_, index) => first + index);
    const joining = some.map((index) => {
      const isFar = way !== 'oneWorker' && index >= halfOf(viewers);
      return watch(stage, { callId, audience, name: `viewer${index}`, isFar });
    });
    watching.push(...(await Promise.all(joining)));
  }
  await waitFor('both tracks for all', () => watching.every(({ subscriptions }) => subscriptions === tracks), {
    withinMs: offeredWithinMs,
  });
}

async function cpuOf(stage: Stage): Promise<readonly number[]> {
  const loads = await Promise.all(studiosOf(stage).map((studio) => studio.broadcasts.load()));
  return loads.flat().map(({ cpuSeconds }) => cpuSeconds);
}

async function measured(way: Way, viewers: number, measureMs: number): Promise<Measured> {
  const [stage, audience] = await Promise.all([staged(way, viewers), LightAudience.start()]);
  try {
    const callId = newCallId();
    const sent = await publishing(stage, callId);
    await fill(stage, { way, viewers, callId, audience });
    await delay(settleMs);
    sent.length = 0;
    await audience.begin();
    const [cpuBefore, ownBefore, beganAt] = [await cpuOf(stage), process.cpuUsage(), performance.now()];
    await delay(measureMs);
    const own = process.cpuUsage(ownBefore);
    const cpuAfter = await cpuOf(stage);
    const seconds = (performance.now() - beganAt) / 1000;
    const { received, expected, whole, ...there } = await audience.end({ sent, later: { group: 'far', than: 'near' } });
    return {
      viewers,
      packets: received,
      loss: expected === 0 ? 1 : 1 - received / expected,
      rate: expected / viewers / seconds,
      whole,
      workersCpu: cpuAfter.map((after, index) => (after - (cpuBefore[index] ?? 0)) / seconds),
      ownCpu: (own.user + own.system) / 1e6 / seconds,
      receiversCpu: there.cpu,
      droppedThere: there.droppedHere,
      wayMs: there.wayMs ?? null,
      hopMs: there.laterMs ?? null,
    };
  } finally {
    await Promise.all(studiosOf(stage).map((studio) => studio.stop()));
    await audience.stop();
  }
}

function isReached({ loss, viewers, whole, rate, wayMs }: Measured): boolean {
  const keptPace = Math.abs(rate / sentPerSecond - 1) <= rateTolerance;
  return loss < maxLoss && whole === viewers && keptPace && wayMs !== null && wayMs.p95 < longestWayMs;
}

async function rampUp(way: Way, counts: readonly number[], measureMs: number): Promise<readonly Measured[]> {
  const all: Measured[] = [];
  for (const viewers of counts) {
    try {
      all.push(await measured(way, viewers, measureMs));
    } catch (error) {
      // Past its core a worker answers no request in time.
      console.error(way, `${viewers} viewers did not get in: ${String(error)}`);
      break;
    }
    console.error(way, JSON.stringify(all.at(-1)));
    if (!all.slice(-1).every(isReached)) break;
  }
  return all;
}

/** What the media workers need more than one alone, at the most viewers that both reached. */
function extraCpu(all: readonly Measured[], alone: readonly Measured[]): number | null {
  const sum = ({ workersCpu }: Measured) => workersCpu.reduce((total, one) => total + one, 0);
  for (const most of all.filter(isReached).toReversed()) {
    const baseline = alone.find((one) => one.viewers === most.viewers && isReached(one));
    if (baseline !== undefined) return sum(most) - sum(baseline);
  }
  return null;
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: {
      viewers: { type: 'string', default: '100,250,500,1000,1250,1500,1750' },
      seconds: { type: 'string', default: '5' },
      ways: { type: 'string', default: way.options.join(',') },
    },
  });
  const counts = values.viewers.split(',').map(Number);
  const results = new Map<Way, readonly Measured[]>();
  for (const one of z.array(way).parse(values.ways.split(','))) {
    results.set(one, await rampUp(one, counts, Number(values.seconds) * 1000));
  }
  cleanUpParticipants();
  const summary = [...results].map(([one, all]) => {
    const most = all.findLast(isReached);
    return [one, { reached: most?.viewers ?? 0, ...most, extraCpu: extraCpu(all, results.get('oneWorker') ?? []) }];
  });
  console.log(JSON.stringify({ scenario: 'fanout', ...Object.fromEntries(summary) }));
  process.exitCode ??= [...results.values()].every((all) => all.some(isReached)) ? 0 : 1;
  process.exit();
}

if (process.argv[2] === receiversRole) receiveForParent();
else await measure();
