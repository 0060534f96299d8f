/** What a caller is told of somebody who may not be called is the same for every reason, and takes the same time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { userToken } from '../../../src/protocol/http/http.ts';
import { Person, request } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';

let redis: TestRedis;
let server: ServerProcess;

beforeAll(async () => {
  redis = await TestRedis.start();
  // Many measurements in a row are not what is too often here.
  server = await startServerProcess({ redisUrl: redis.url, environment: { VEILCAST_MESSAGES_PER_SECOND: '100000' } });
});
afterAll(async () => {
  await server.stop();
  await redis.stop();
});

const rounds = 400;
/** Four standard errors of the measure below, for so many rounds. */
const slack = 4 * Math.sqrt((2 * rounds + 1) / (12 * rounds * rounds));

/** How often one of the first takes longer than one of the second: 0.5 when nothing tells them apart (Mann–Whitney). */
function slowerThan(first: readonly number[], second: readonly number[]): number {
  const wins = first.reduce((sum, one) => sum + second.filter((other) => one > other).length, 0);
  const ties = first.reduce((sum, one) => sum + second.filter((other) => one === other).length, 0);
  return (wins + ties / 2) / (first.length * second.length);
}

test('blocked, blocked during quiet hours, in no audience, calling off, and no such user', async () => {
  const alice = await Person.create(server, 'alice');
  const cases = ['blocks', 'quiet', 'no_audience', 'calling_off', 'nobody'] as const;
  const callees = { blocks: 'bob', quiet: 'erin', no_audience: 'carol', calling_off: 'dan', nobody: 'no-such-user' };
  for (const name of ['bob', 'erin', 'carol', 'dan']) await (await Person.create(server, name)).close();
  const tokenOf = async (name: string) =>
    (await request(`${server.url}/v1/users/${name}/tokens`, { method: 'POST', credential: server.apiKey })).body;
  const change = async (name: string, body: unknown) => {
    const { token } = userToken.parse(await tokenOf(name));
    await request(`${server.url}/v1/me/settings`, { method: 'PATCH', credential: token, body });
  };
  for (const name of ['bob', 'erin']) {
    const block = `${server.url}/v1/users/${name}/relations/blocks/alice`;
    await request(block, { method: 'PUT', credential: server.apiKey });
  }
  // Not in force now: what tells must not be whether there are any.
  await change('erin', { quietHours: { from: '03:00', to: '03:00', timeZone: 'Asia/Kathmandu' } });
  await change('carol', { audiences: [] });
  await change('dan', { callingOn: false });

  const bodies = new Set<string>();
  const times = new Map(cases.map((name): [keyof typeof callees, number[]] => [name, []]));
  for (let round = -20; round < rounds; round += 1) {
    // In another order each time, so that none always comes first.
    const order = cases.map((_, index) => cases[(index + Math.abs(round)) % cases.length] ?? 'nobody');
    for (const name of order) {
      const began = performance.now();
      const answer = await request(`${server.url}/v1/users/${callees[name]}/callable`, { credential: alice.token });
      const took = performance.now() - began;
      bodies.add(JSON.stringify(answer));
      if (round >= 0) times.get(name)?.push(took);
    }
  }
  await alice.close();
  expect([...bodies]).toEqual([JSON.stringify({ status: 200, body: { callable: false, because: 'not_callable' } })]);
  const told = cases.flatMap((one, index) =>
    cases
      .slice(index + 1)
      .map((other) => ({ one, other, slower: slowerThan(times.get(one) ?? [], times.get(other) ?? []) })),
  );
  expect(told.filter(({ slower }) => Math.abs(slower - 0.5) > slack)).toEqual([]);
}, 60_000);
