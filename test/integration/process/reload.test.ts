/** Secrets change in running nodes, step by step, and nobody in a call notices. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { userToken } from '../../../src/protocol/http/http.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person, request } from '../../support/participant/person.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { TestRedis } from '../../support/redis/redis.ts';

const former = 'Zq4-a-token-secret-that-is-long-enough-indeed';
const next = 'Wm8-another-token-secret-that-is-long-enough';
/** What each node has at each step: the secret that signs, and the one that is accepted, too. */
const steps = [
  { tokenSecret: former, acceptedTokenSecret: next },
  { tokenSecret: next, acceptedTokenSecret: former },
  { tokenSecret: next },
];

/** The secret is in the file. The call has no media: nobody is missed in it meanwhile. */
const ofTest = { VEILCAST_TOKEN_SECRET: '', VEILCAST_RECONNECT_GRACE_MS: '600000' };

let redis: TestRedis;
let folder: string;
const nodes: ServerProcess[] = [];
const fileOf = (index: number): string => join(folder, `node${index}.json`);
const put = (index: number, settings: object): Promise<void> => writeFile(fileOf(index), JSON.stringify(settings));

beforeAll(async () => {
  redis = await TestRedis.start();
  folder = await mkdtemp(join(tmpdir(), 'veilcast-reload-'));
  for (const index of [0, 1]) {
    await put(index, { tokenSecret: former });
    const environment = { ...ofTest, VEILCAST_CONFIG: fileOf(index) };
    nodes.push(await startServerProcess({ redisUrl: redis.url, environment }));
  }
}, 120_000);
afterAll(async () => {
  cleanUpParticipants();
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
  await rm(folder, { recursive: true });
});

async function statusesOf(token: string): Promise<number[]> {
  const answers = nodes.map(({ url }) => request(`${url}/v1/me/calls`, { credential: token }));
  return (await Promise.all(answers)).map(({ status }) => status);
}

async function newToken({ url, apiKey }: ServerProcess): Promise<string> {
  const { body } = await request(`${url}/v1/users/alice/tokens`, { method: 'POST', credential: apiKey });
  return userToken.parse(body).token;
}

test('the token secret changes in three steps: tokens stay valid, sockets open and the call continues', async () => {
  const [first, second] = nodes;
  if (first === undefined || second === undefined) throw new Error('a node is missing');
  const alice = await Person.create(first, 'alice');
  const bob = await Person.create(second, 'bob');
  const { call } = await alice.call(['bob'], 'audio');
  await bob.act(call.id, 'answer');
  const atFirst = alice.token;
  let latest = atFirst;
  for (const [step, settings] of steps.entries()) {
    for (const [index, node] of nodes.entries()) {
      await put(index, settings);
      const { status, body } = await request(`${node.adminUrl}/reload`, { method: 'POST' });
      expect([status, body]).toMatchObject([200, { status: 'reloaded', needRestart: [] }]);
      // While only one of the nodes has made the step.
      const issued = await newToken(node);
      expect([step, index, await statusesOf(issued)]).toEqual([step, index, [200, 200]]);
      if (step < 2) expect(await statusesOf(atFirst)).toEqual([200, 200]);
      latest = issued;
    }
  }
  expect(await statusesOf(atFirst)).toEqual([401, 401]);
  expect(await statusesOf(latest)).toEqual([200, 200]);
  const { body } = await request(`${first.url}/v1/calls/${call.id}`, { credential: first.apiKey });
  expect(body).toMatchObject({ call: { phase: 'active' } });
  expect([alice, bob].map(({ socket }) => socket.isOpen)).toEqual([true, true]);
  // A node that starts now knows the new secret alone.
  await put(2, { tokenSecret: next });
  const environment = { ...ofTest, VEILCAST_CONFIG: fileOf(2) };
  nodes.push(await startServerProcess({ redisUrl: redis.url, environment }));
  expect(await statusesOf(latest)).toEqual([200, 200, 200]);
  await Promise.all([alice, bob].map((person) => person.close()));
}, 180_000);
