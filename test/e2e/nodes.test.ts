/** The node that owns the broadcast of a call between two browsers goes, gently and not, and the call continues. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import { startGapWatch } from '../support/gapWatch.ts';
import type { Gaps } from '../support/gapWatch.ts';
import { instrument, mediaStats, timesOpened } from '../support/browser/pageWatch.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { adminHeaders, startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

let redis: TestRedis;
/** Has the sockets of both. */
let door: ServerProcess;
let owner: ServerProcess;
let people: readonly Person[];

beforeAll(async () => {
  redis = await TestRedis.start();
  [door, owner] = await Promise.all([startNode(), startNode()]);
  people = await Promise.all(['alice', 'bob'].map(open));
}, 180_000);

afterAll(async () => {
  await Promise.all(people.map((person) => person.close()));
  await Promise.all([door, owner].map((node) => node.kill()));
  await redis.stop();
}, 90_000);

function startNode(): Promise<ServerProcess> {
  return startServerProcess({
    redisUrl: redis.url,
    environment: { VEILCAST_DRAIN_TIMEOUT_MS: '30000', VEILCAST_RECONNECT_GRACE_MS: '20000' },
  });
}

async function open(as: string): Promise<Person> {
  const person = await openPerson({ url: door.url, as, prelude: instrument });
  await switchCallingOn(person);
  return person;
}

async function allSeeAndHear(): Promise<void> {
  await Promise.all(
    people.map(async ({ page }) => {
      const before = await mediaStats(page);
      const received = async () => {
        const now = await mediaStats(page);
        return now.framesDecoded - before.framesDecoded > 15 && now.audioEnergy - before.audioEnergy > 0;
      };
      await waitFor('decoded frames and sound of the other side', received, { withinMs: 60_000 });
    }),
  );
}

async function gapsWhile(happens: () => Promise<unknown>): Promise<readonly Gaps[]> {
  const stops = await Promise.all(people.map(({ page }) => startGapWatch(page)));
  await happens();
  await allSeeAndHear();
  const gaps = await Promise.all(stops.map((stop) => stop()));
  console.log(JSON.stringify(gaps));
  return gaps;
}

const sessionsOf = async ({ adminUrl }: ServerProcess): Promise<number> => {
  const text = await (await fetch(`${adminUrl}/metrics`, { headers: adminHeaders })).text();
  return Number(/^veilcast_sessions(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]);
};

const callsAtMost = 20;

/** Placement draws: until the node that is not theirs owns the call. */
async function talkAtOwner(): Promise<void> {
  const [alice, bob] = people;
  if (alice === undefined || bob === undefined) throw new Error('nobody is there');
  for (let call = 0; call < callsAtMost; call += 1) {
    await alice.page.getByTestId('call-video-bob').click();
    await bob.page.getByTestId('accept').click();
    await allSeeAndHear();
    if ((await sessionsOf(owner)) === 2) return;
    await hangUp();
  }
  throw new Error('no call was placed at the other node');
}

async function hangUp(): Promise<void> {
  await people[0]?.page.getByTestId('hang-up').click();
  for (const { page } of people) await page.getByTestId('ended-close').click();
}

const timesAllOpened = (): Promise<unknown> => Promise.all(people.map(({ page }) => timesOpened(page)));

test('a draining node hands its call over without a visible effect or prompt for anybody', async () => {
  await talkAtOwner();
  const opened = await timesAllOpened();
  const gaps = await gapsWhile(() => owner.stop());
  expect(await sessionsOf(door)).toBe(2);
  // Gaps are known no finer than the page could be looked at. `npm run chaos -- drain` holds the figure, 200 ms, on a
  // calm machine; two browsers that share its processors may be held up for longer. A call that was lost would take
  // until the lease of its node is over.
  for (const { soundMs, coarsestMs } of gaps) expect(soundMs).toBeLessThanOrEqual(2_500 + coarsestMs);
  expect(await timesAllOpened()).toEqual(opened);
  await hangUp();
}, 240_000);

test('kill -9 of the node: its call continues on another, and nobody gets a prompt', async () => {
  owner = await startNode();
  await talkAtOwner();
  const opened = await timesAllOpened();
  await gapsWhile(() => owner.kill());
  expect(await sessionsOf(door)).toBe(2);
  expect(await timesAllOpened()).toEqual(opened);
  expect(people.flatMap(({ complaints }) => complaints)).toEqual([]);
  await hangUp();
}, 240_000);
