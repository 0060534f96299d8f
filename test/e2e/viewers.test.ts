/** Somebody watches a call of two with the SDK, in a browser: sees and hears it, by nobody seen, whatever dies meanwhile. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { issuedTicket } from '../../src/protocol/http/http.ts';
import { comeHome, openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import { workerUnder } from '../support/processes/mediaWorkers.ts';
import { instrument, mediaStats, timesOpened } from '../support/browser/pageWatch.ts';
import { request } from '../support/participant/person.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { openScriptedPage } from '../support/browser/scriptedPage.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

let redis: TestRedis;
let server: ServerProcess;
let alice: Person;
let bob: Person;
let watcher: Page | undefined;
let callId = '';
/** All that the two were told over their sockets. */
const frames: string[] = [];

const open = async (as: string): Promise<Person> => {
  const watch = (page: Page) => {
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
  };
  const person = await openPerson({ url: server.url, as, prelude: instrument, watch });
  await switchCallingOn(person);
  return person;
};

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({ redisUrl: redis.url });
  [alice, bob] = await Promise.all([open('alice'), open('bob')]);
}, 120_000);
beforeEach(async () => {
  await alice.page.getByTestId('call-video-bob').click();
  await bob.page.getByTestId('accept').click();
  const { body } = await request(`${server.url}/v1/calls`, { credential: server.apiKey });
  callId = listed.parse(body).calls[0]?.id ?? '';
}, 60_000);
afterEach(async () => {
  await watcher?.close();
  await Promise.all([alice, bob].map(comeHome));
});
afterAll(async () => {
  await Promise.all([alice, bob].map((person) => person.close()));
  await server.stop();
  await redis.stop();
}, 90_000);

const listed = z.object({ calls: z.array(z.object({ id: z.string() })) });

async function ticketOf(id: string): Promise<string> {
  const options = { method: 'POST', credential: server.apiKey, body: { userId: 'carol', rights: ['watch'] } };
  const { body } = await request(`${server.url}/v1/calls/${id}/tickets`, options);
  return issuedTicket.parse(body).ticket;
}

/** In Bob's browser, whose tab goes to the back: as many browsers as cores. */
async function watch(tickets: (id: string) => Promise<string> = ticketOf): Promise<Page> {
  watcher = await openScriptedPage(bob.page.context(), {
    url: server.url,
    script: 'test/e2e/watcher.ts',
    query: { as: 'carol', call: callId },
    prepare: (page) => page.exposeFunction('ticketOf', tickets),
  });
  return watcher;
}

const stateOf = (page: Page) => page.getByTestId('state').innerText();

const state = (page: Page, expected: string): Promise<unknown> =>
  waitFor(`the watcher to be told ${expected}`, async () => (await stateOf(page)) === expected);

/** Both people: of each two pictures a second at least, and their sound. */
async function seesAndHearsBoth(page: Page): Promise<void> {
  const elements = page.locator('video, audio');
  await waitFor('picture and sound of two', async () => (await elements.count()) === 4);
  const before = await mediaStats(page);
  await waitFor('frames and sound', async () => {
    const now = await mediaStats(page);
    return now.framesDecoded - before.framesDecoded > 30 && now.audioEnergy - before.audioEnergy > 0;
  });
}

test('a viewer sees and hears both, opens nothing, is seen by nobody, and is notified of the end', async () => {
  const page = await watch();
  await state(page, 'watching');
  await seesAndHearsBoth(page);
  expect(await timesOpened(page)).toBe(0);
  for (const person of [alice, bob]) expect(await person.page.getByTestId('tile-carol').count()).toBe(0);
  expect(frames.join('\n')).not.toContain('carol');
  await alice.page.getByTestId('hang-up').click();
  await state(page, 'call_ended');
}, 120_000);

test('a killed media worker interrupts viewers only for a moment; leaving is reported at once', async () => {
  const page = await watch();
  await seesAndHearsBoth(page);
  process.kill(await workerUnder(page, server), 'SIGKILL');
  await page.waitForTimeout(2_000);
  await seesAndHearsBoth(page);
  await page.getByTestId('leave').click();
  await state(page, 'left');
}, 120_000);

test('an expiring ticket is exchanged; an invalid one is refused', async () => {
  const handed: string[] = [];
  const page = await watch((id) => {
    handed.push(id);
    return handed.length === 1 ? Promise.resolve('no ticket') : ticketOf(id);
  });
  await state(page, 'watching');
  expect(handed).toEqual([callId, callId]);
  await page.close();
  await state(await watch(() => Promise.resolve('no ticket')), 'ticket_invalid');
}, 120_000);
