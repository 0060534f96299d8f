/**
 * From the click on "accept" to the first decoded frame of the other side, at both sides.
 *
 *   npm run measure:first-frame -- [--rtt 50] [--calls 20] [--browser firefox]
 *
 * Two Chromium browsers call each other through the built server; with `--rtt` a delay line stands between them and
 * it. Times are read inside the pages. Between our calls the same browsers make as many with a straightforward client, whose
 * figures tell what the machine's hour is like. A last call lasts until its bitrates, one at each side, are those of a
 * call that continues. With `--browser firefox` two Firefox browsers make as many calls between those of Chromium, and their
 * figures stand beside. The last line is one JSON object.
 */
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import { startDelayLine } from '../support/networks/delayLine.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { instrument, startFrameWatch, videoBitrate } from '../support/browser/pageWatch.ts';
import type { SideTimes } from '../support/browser/pageWatch.ts';
import { openStraightforward } from './straightforwardTab.ts';

const { values } = parseArgs({
  options: {
    rtt: { type: 'string', default: '0' },
    calls: { type: 'string', default: '20' },
    browser: { type: 'string', default: 'chromium' },
  },
});
const rttMs = Number(values.rtt);
const calls = Number(values.calls);
const withFirefox = values.browser === 'firefox';
const near = '127.0.0.2';
/** So that both engines take the same way: else Firefox sends no media to this machine's own loopback. */
const loopbackToo = { 'media.peerconnection.ice.loopback': true };

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

function ours(alice: Person, bob: Person, dial: string): Pair {
  const pages = [alice.page, bob.page];
  const over = async () => {
    await Promise.all(pages.map((page) => page.getByTestId('ended-reason').waitFor()));
    for (const page of pages) await page.getByTestId('ended-close').click();
  };
  return { caller: alice.page, callee: bob.page, dial, over };
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

async function firefoxPair(at: string, opened: Person[]): Promise<Pair> {
  const open = async (as: string) => {
    const person = await openPerson({ url: at, as, prelude: instrument, engine: 'firefox', preferences: loopbackToo });
    opened.push(person);
    await switchCallingOn(person);
    return person;
  };
  return ours(await open('alice'), await open('bob'), 'call-video-bob');
}

interface Measured {
  readonly our: Series;
  readonly compared: Series;
  /** Empty unless Firefox is asked for. */
  readonly inFirefox: Series;
  readonly bitrates: object;
}

function report({ our: { measured, failed }, compared, inFirefox, bitrates }: Measured): void {
  const sinceClick = (at: (times: CallTimes) => number) =>
    middle(measured.map((times) => at(times) - times.answering.clickedAt));
  const p50 = middle(bothSee(measured));
  const straightforwardP50 = middle(bothSee(compared.measured));
  console.log(
    JSON.stringify({
      calls,
      failed,
      rttMs,
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
      ...(withFirefox ? { firefox: firefoxFigures(inFirefox, p50) } : {}),
      settledMbps: bitrates,
    }),
  );
}

function firefoxFigures({ measured, failed }: Series, chromiumP50: number) {
  const p50 = middle(bothSee(measured));
  const toChromium = Math.round((100 * p50) / chromiumP50) / 100;
  return { answerToFirstFrameMs: { p50, p95: percentile(bothSee(measured), 0.95) }, failed, toChromium };
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
const environment: Record<string, string> = far ? { VEILCAST_MEDIA_ANNOUNCED_ADDRESSES: near } : {};
const server = await startServerProcess({ redisUrl: redis.url, environment });
/** With people of its own: those of the first are taken. */
const second = withFirefox
  ? await startServerProcess({ redisUrl: redis.url, redisPrefix: 'firefox', environment })
  : undefined;
const servers = second === undefined ? [server] : [server, second];
const line = far
  ? await startDelayLine({
      near,
      far: '127.0.0.1',
      oneWayMs: rttMs / 2,
      tcpPorts: servers.map(({ httpPort }) => httpPort),
      udpPorts: servers.flatMap(({ mediaPorts }) => mediaPorts),
    })
  : undefined;
const urlOf = (of: ServerProcess): string => (far ? `http://${near}:${of.httpPort}` : of.url);
const url = urlOf(server);
const people: Person[] = [];
try {
  const alice = await openPerson({ url, as: 'alice', prelude: instrument });
  people.push(alice);
  const bob = await openPerson({ url, as: 'bob', prelude: instrument });
  people.push(bob);
  for (const person of people) await switchCallingOn(person);
  const pairs = { our: ours(alice, bob, 'call-video-bob'), straightforward: await straightforward(alice, bob) };
  const our: Series = { measured: [], failed: 0 };
  const compared: Series = { measured: [], failed: 0 };
  const inFirefox: Series = { measured: [], failed: 0 };
  const foxes = second === undefined ? undefined : await firefoxPair(urlOf(second), people);
  for (let call = 1; call <= calls; call += 1) {
    await add(our, pairs.our, `call ${call}`);
    await add(compared, pairs.straightforward, `straightforward call ${call}`);
    if (foxes !== undefined) await add(inFirefox, foxes, `Firefox call ${call}`);
  }
  report({ our, compared, inFirefox, bitrates: await measureBitrates(pairs.our) });
  process.exitCode = our.failed + compared.failed + inFirefox.failed === 0 ? 0 : 1;
} finally {
  await Promise.all(people.map((person) => person.close()));
  line?.stop();
  await Promise.all(servers.map((one) => one.stop()));
  await redis.stop();
}
