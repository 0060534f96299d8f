/** What a user has seen of their history ends now at the latest: no call to come is seen before it was missed. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { serve, settled, start, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
let alice: string;

beforeEach(async () => {
  world = worldOf();
  http = await serve(world.options);
  ({ alice } = await settled(world));
});
afterEach(() => http.stop());

const see = (upTo: number) => http.ask('POST', '/v1/me/calls/seen', { as: alice, body: { upTo } });
const seenUpTo = async () => (await http.ask('GET', '/v1/me/calls', { as: alice })).json['seenUpTo'];

test('a mark in the past is stored, moves forward and never back', async () => {
  for (const [upTo, mark] of [
    [start - 10, start - 10],
    [start - 5, start - 5],
    [start - 20, start - 5],
  ] as const) {
    expect((await see(upTo)).status).toBe(204);
    expect(await seenUpTo()).toBe(mark);
  }
});

test('a mark in the future becomes now', async () => {
  expect((await see(Number.MAX_SAFE_INTEGER)).status).toBe(204);
  expect(await seenUpTo()).toBe(start);
  world.time.now += 1_000;
  expect(await seenUpTo()).toBe(start);
  await see(start + 500);
  expect(await seenUpTo()).toBe(start + 500);
});
