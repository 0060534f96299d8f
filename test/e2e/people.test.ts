/** Who may call whom, groups, several devices, calls on hold and what calls came to, as people see it in Chromium. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { comeHome, openPerson, switchCallingOn } from '../support/browser/browser.ts';
import type { Person } from '../support/browser/browser.ts';
import { instrument, mediaStats } from '../support/browser/pageWatch.ts';
import { request } from '../support/participant/person.ts';
import { TestRedis } from '../support/redis/redis.ts';
import { startServerProcess } from '../support/processes/serverProcess.ts';
import type { ServerProcess } from '../support/processes/serverProcess.ts';
import { waitFor } from '../support/waitFor.ts';

let redis: TestRedis;
let server: ServerProcess;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  redis = await TestRedis.start();
  server = await startServerProcess({ redisUrl: redis.url, environment: { VEILCAST_RING_TIMEOUT_MS: '10000' } });
  [alice, bob, carol] = await Promise.all([open('alice'), open('bob'), open('carol')]);
}, 120_000);

afterAll(async () => {
  await Promise.all([alice, bob, carol].map((person) => person.close()));
  await server.stop();
  await redis.stop();
}, 90_000);

async function open(as: string): Promise<Person> {
  const person = await openPerson({ url: server.url, as, prelude: instrument });
  await switchCallingOn(person);
  return person;
}

const at = ({ page }: Person, testId: string) => page.getByTestId(testId);
const shown = (person: Person, testId: string) => at(person, testId).waitFor();
const hidden = (person: Person, testId: string) => at(person, testId).waitFor({ state: 'detached' });

beforeEach(async () => {
  await Promise.all([alice, bob, carol].map(comeHome));
});

async function relate(method: 'PUT' | 'DELETE', from: string, kind: string, to: string): Promise<void> {
  const path = `/v1/users/${from}/relations/${kind}/${to}`;
  await request(`${server.url}${path}`, { method, credential: server.apiKey });
}

async function ended(person: Person): Promise<void> {
  await shown(person, 'ended-reason');
  await at(person, 'ended-close').click();
}

describe('who may call whom, shown by the call button', () => {
  /** Reads it of a page that was loaded anew, so that what it says is of now. */
  const sees = async (person: Person, other: string, may: boolean) => {
    await person.page.reload();
    const row = at(person, `person-${other}`);
    await row.getByText(may ? /You can call/ : /cannot be called now/).waitFor();
    expect(await row.getByRole('button').count()).toBe(may ? 2 : 0);
  };
  const mayCall = async (ofAlice: boolean, ofBob: boolean) => {
    await Promise.all([sees(alice, 'bob', ofAlice), sees(bob, 'alice', ofBob)]);
  };
  const kinds = ['follows', 'address_book', 'wrote_to', 'accepted'];

  beforeEach(async () => {
    for (const kind of kinds) {
      await relate('DELETE', 'alice', kind, 'bob');
      await relate('DELETE', 'bob', kind, 'alice');
    }
  });
  afterAll(async () => {
    for (const kind of ['follows', 'wrote_to']) {
      await relate('PUT', 'alice', kind, 'bob');
      await relate('PUT', 'bob', kind, 'alice');
    }
  });

  test('1. no follow, no conversation: neither may call', async () => {
    await mayCall(false, false);
  }, 90_000);

  test('2. a message that was not accepted: neither may call', async () => {
    await relate('PUT', 'alice', 'wrote_to', 'bob');
    await mayCall(false, false);
  }, 90_000);

  test('3. the callee accepts and follows: the caller may call', async () => {
    await relate('PUT', 'alice', 'wrote_to', 'bob');
    await relate('PUT', 'bob', 'accepted', 'alice');
    await relate('PUT', 'bob', 'follows', 'alice');
    await mayCall(true, false);
  }, 90_000);

  test('4. a received call does not allow a call back', async () => {
    await relate('PUT', 'alice', 'wrote_to', 'bob');
    await relate('PUT', 'bob', 'accepted', 'alice');
    await relate('PUT', 'bob', 'follows', 'alice');
    await mayCall(true, false);
    await at(alice, 'call-audio-bob').click();
    await at(bob, 'decline').click();
    await ended(alice);
    await mayCall(true, false);
  }, 90_000);

  test('5. both follow each other and have talked: both may call', async () => {
    for (const [one, other] of [
      ['alice', 'bob'],
      ['bob', 'alice'],
    ] as const) {
      await relate('PUT', one, 'follows', other);
      await relate('PUT', one, 'wrote_to', other);
    }
    await mayCall(true, true);
  }, 90_000);
});

describe('settings', () => {
  test('choose who can call, take effect at once, and block everybody when calling is off', async () => {
    await shown(alice, 'call-audio-bob');
    await at(bob, 'open-settings').click();
    await at(bob, 'audience-following').click();
    await bob.page.keyboard.press('Escape');
    await waitFor('the words', async () => /Nobody can call you/.test(await at(bob, 'calling-words').innerText()));
    await hidden(alice, 'call-audio-bob');
    await at(bob, 'open-settings').click();
    await at(bob, 'audience-following').click();
    await bob.page.keyboard.press('Escape');
    await shown(alice, 'call-audio-bob');
    await at(bob, 'calling-switch').click();
    await hidden(alice, 'call-audio-bob');
    expect(await at(bob, 'calling-words').innerText()).toMatch(/Nobody can call you and you can call nobody/);
    await at(bob, 'calling-switch').click();
    await shown(alice, 'call-audio-bob');
  }, 90_000);
});

describe('calls of more than two people or devices', () => {
  test('all devices ring, one answers, and the other stops', async () => {
    const second = await open('bob');
    await at(alice, 'call-audio-bob').click();
    await Promise.all([shown(bob, 'accept'), shown(second, 'accept')]);
    await at(second, 'accept').click();
    await hidden(bob, 'incoming');
    expect(await at(bob, 'notice').innerText()).toMatch(/answered on another/);
    await shown(second, 'hang-up');
    await at(second, 'hang-up').click();
    await ended(alice);
    await second.close();
  }, 90_000);

  test('an invited participant sees both, leaves, comes back, and is removed by the host', async () => {
    await at(alice, 'call-video-bob').click();
    await at(bob, 'accept').click();
    await shown(alice, 'people');
    await at(alice, 'people').click();
    await at(alice, 'pick-carol').click();
    await at(alice, 'invite').click();
    await shown(alice, 'present-carol');
    await at(carol, 'accept').click();
    await waitFor('pictures of both', async () => {
      const seen = carol.page.locator('[data-testid="remote-video"]');
      return (await seen.count()) === 2 && (await mediaStats(carol.page)).framesDecoded > 30;
    });
    await at(carol, 'hang-up').click();
    await at(carol, 'come-back').click();
    await shown(carol, 'hang-up');
    await shown(alice, 'present-carol');
    await at(alice, 'remove-carol').click();
    await shown(carol, 'ended-reason');
    expect(await at(carol, 'ended-reason').getAttribute('data-reason')).toBe('removed');
    await at(carol, 'ended-close').click();
    await alice.page.keyboard.press('Escape');
    await at(alice, 'hang-up').click();
    await ended(alice);
    await at(bob, 'hang-up').click();
    await ended(bob);
  }, 120_000);

  test('a second call puts the first on hold, which is resumed later', async () => {
    await at(alice, 'call-audio-bob').click();
    await at(bob, 'accept').click();
    await shown(bob, 'hang-up');
    await at(carol, 'call-audio-bob').click();
    await at(bob, 'accept').click();
    await shown(bob, 'waiting');
    await alice.page.getByText('On hold').waitFor();
    await at(bob, 'switch-call').click();
    await carol.page.getByText('On hold').waitFor();
    await alice.page.getByText('On hold').waitFor({ state: 'detached' });
    await at(bob, 'hang-up').click();
    await ended(alice);
    await at(bob, 'unhold').click();
    await carol.page.getByText('On hold').waitFor({ state: 'detached' });
    await at(carol, 'hang-up').click();
    await Promise.all([ended(bob), ended(carol)]);
  }, 120_000);
});

describe('recent calls', () => {
  test('a missed call is marked and can be called back from the list', async () => {
    await at(carol, 'call-audio-bob').click();
    await ended(carol);
    await waitFor('the missed call at the top', async () =>
      /^Carol\s*New\s*Missed/.test(await at(bob, 'recent').locator('li').first().innerText()),
    );
    await bob.page.reload();
    const newest = at(bob, 'recent').locator('li').first();
    await waitFor('it to be seen', async () => /^Carol\s*Missed/.test(await newest.innerText()));
    await newest.getByRole('button').click();
    await at(carol, 'decline').click();
    await ended(bob);
  }, 90_000);

  test('the pages logged no errors', () => {
    expect([alice, bob, carol].flatMap(({ complaints }) => complaints)).toEqual([]);
  });
});
