/**
 * From the click on "accept" to the first decoded frame of the other side, at both sides.
 *
 *   npm run measure:first-frame -- [--rtt 50] [--calls 20]
 *
 * Two Chromium browsers call each other through the built server; with `--rtt` a delay line stands between them and
 * it. Times are read inside the pages. Between our calls the same browsers make as many with a straightforward client, whose
 * figures tell what the machine's hour is like. A last call lasts until its bitrates, one at each side, are those of a
 * call that goes on. The last line is one JSON object.
 */
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openPerson, switchCallingOn } from '../support/browser.ts';
import type { Person } from '../support/browser.ts';
import { startDelayLine } from '../support/delayLine.ts';
import { TestRedis } from '../support/redis.ts';
import { startServerProcess } from '../support/serverProcess.ts';
import { instrument, startFrameWatch, videoBitrate } from '../support/pageWatch.ts';
import type { SideTimes } from '../support/pageWatch.ts';
import { openStraightforward } from './straightforwardTab.ts';

const { values } = parseArgs({
  options: { rtt: { type: 'string', default: '0' }, calls: { type: 'string', default: '20' } },
});
const rttMs = Number(values.rtt);
const calls = Number(values.calls);
const near = '127.0.0.2';

interface CallTimes {
  readonly answering: SideTimes;
  readonly calling: SideTimes;
}

/** How long a person lets it ring: long enough for every transport to be warm. */
const ringsForMs = 1_000 + 8 * rttMs;
const settledAfterMs = 15_000;

/** Two pages of which one calls the other. */
interface Pair {
  readonly caller: Page;
  readonly callee: Page;
  /** What to click on for a call. */
  readonly dial: string;
  /** Until both are ready for the next one. */
  readonly over: () => Promise<void>;
}

/** Answers where its first frames are waited for. */
async function ring({ caller, callee, dial }: Pair) {
  for (const page of [caller, callee]) await page.bringToFront();
  await caller.getByTestId(dial).click();
  await callee.getByTestId('accept').waitFor();
  await callee.waitForTimeout(ringsForMs);
  const watches = await Promise.all([startFrameWatch(caller), startFrameWatch(callee)]);
  await callee.getByTestId('accept').click();
  await Promise.all(watches.map(({ firstFrame }) => firstFrame));
  return watches;
}

async function measureCall(pair: Pair): Promise<CallTimes> {
  const [calling, answering] = await Promise.all((await ring(pair)).map((watch) => watch.times()));
  if (calling === undefined || answering === undefined) throw new Error('two pages');
  await pair.callee.waitForTimeout(500);
  await hangUp(pair);
  return { calling, answering };
}

/** Mbit/s of video that each side receives once the call has settled. */
async function measureBitrates(pair: Pair): Promise<{ readonly atCaller: number; readonly atAnswerer: number }> {
  await ring(pair);
  await pair.callee.waitForTimeout(settledAfterMs);
  const [atCaller, atAnswerer] = await Promise.all([pair.caller, pair.callee].map(videoBitrate));
  await hangUp(pair);
  const shown = (bitrate = NaN) => Number((bitrate / 1e6).toFixed(2));
  return { atCaller: shown(atCaller), atAnswerer: shown(atAnswerer) };
}

async function hangUp({ caller, over }: Pair): Promise<void> {
  await caller.getByTestId('hang-up').click();
  await over();
}

function ours(alice: Person, bob: Person): Pair {
  const pages = [alice.page, bob.page];
  const over = async () => {
    await Promise.all(pages.map((page) => page.getByTestId('ended-reason').waitFor()));
    for (const page of pages) await page.getByTestId('ended-close').click();
  };
  return { caller: alice.page, callee: bob.page, dial: 'call-video-bob', over };
}

async function straightforward(alice: Person, bob: Person): Promise<Pair> {
  const caller = await openStraightforward(alice, { url, as: 'carol', calls: 'dan' });
  const callee = await openStraightforward(bob, { url, as: 'dan', calls: 'carol' });
  const over = async () => {
    await Promise.all([caller, callee].map((page) => page.getByTestId('call').waitFor()));
  };
  return { caller, callee, dial: 'call', over };
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? NaN : Math.round(value);
}

const middle = (samples: readonly number[]): number => percentile(samples, 0.5);

/** Later of the two sides: both people see each other. */
function bothSee(measured: readonly CallTimes[]): readonly number[] {
  return measured.map(
    ({ calling, answering }) => Math.max(calling.firstFrameAt, answering.firstFrameAt) - answering.clickedAt,
  );
}

interface Series {
  readonly measured: CallTimes[];
  failed: number;
}

function report({ measured, failed }: Series, compared: Series, bitrates: object): void {
  const sinceClick = (at: (times: CallTimes) => number) =>
    middle(measured.map((times) => at(times) - times.answering.clickedAt));
  const p50 = middle(bothSee(measured));
  const straightforwardP50 = middle(bothSee(compared.measured));
  console.log(
    JSON.stringify({
      ...{ calls, failed, rttMs },
      answerToFirstFrameMs: { p50, p95: percentile(bothSee(measured), 0.95) },
      splitMs: {
        camera: sinceClick(({ answering }) => answering.cameraOpenedAt),
        signalling: sinceClick(({ answering }) => answering.acknowledgedAt),
        ice: middle(measured.map(({ calling, answering }) => calling.iceAfterClickMs + answering.iceAfterClickMs)),
        dtls: middle(measured.map(({ calling, answering }) => calling.dtlsAfterClickMs + answering.dtlsAfterClickMs)),
        firstFrameAtAnswerer: sinceClick(({ answering }) => answering.firstFrameAt),
        firstFrameAtCaller: sinceClick(({ calling }) => calling.firstFrameAt),
      },
      straightforwardMs: {
        p50: straightforwardP50,
        p95: percentile(bothSee(compared.measured), 0.95),
        failed: compared.failed,
      },
      ratio: Math.round((100 * p50) / straightforwardP50) / 100,
      settledMbps: bitrates,
    }),
  );
}

/** A call more of a series; after one that failed both pages begin anew. */
async function add(series: Series, pair: Pair, name: string): Promise<void> {
  try {
    const times = await measureCall(pair);
    series.measured.push(times);
    console.log(`${name}: ${bothSee([times]).map(Math.round).join()} ms ${JSON.stringify(times)}`);
  } catch (error) {
    series.failed += 1;
    console.error(`${name} failed: ${String(error)}`);
    await Promise.all([pair.caller, pair.callee].map((page) => page.reload()));
  }
}

const redis = await TestRedis.start();
const far = rttMs > 0;
const server = await startServerProcess({
  redisUrl: redis.url,
  environment: far ? { VEILCAST_MEDIA_ANNOUNCED_ADDRESSES: near } : {},
});
const line = far
  ? await startDelayLine({
      near,
      far: '127.0.0.1',
      oneWayMs: rttMs / 2,
      tcpPorts: [server.httpPort],
      udpPorts: server.mediaPorts,
    })
  : undefined;
const url = far ? `http://${near}:${server.httpPort}` : server.url;
const people: Person[] = [];
try {
  const alice = await openPerson({ url, as: 'alice', prelude: instrument });
  people.push(alice);
  const bob = await openPerson({ url, as: 'bob', prelude: instrument });
  people.push(bob);
  for (const person of people) await switchCallingOn(person);
  const pairs = { our: ours(alice, bob), straightforward: await straightforward(alice, bob) };
  const our: Series = { measured: [], failed: 0 };
  const compared: Series = { measured: [], failed: 0 };
  for (let call = 1; call <= calls; call += 1) {
    await add(our, pairs.our, `call ${call}`);
    await add(compared, pairs.straightforward, `straightforward call ${call}`);
  }
  report(our, compared, await measureBitrates(pairs.our));
  process.exitCode = our.failed + compared.failed === 0 ? 0 : 1;
} finally {
  await Promise.all(people.map((person) => person.close()));
  line?.stop();
  await server.stop();
  await redis.stop();
}
