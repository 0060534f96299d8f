/** Every list comes in pages, in one way. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { decide } from '../../../../src/domain/call/decide.ts';
import { cursorAt } from '../../../../src/protocol/http/paging.ts';
import { changed, createCommand } from '../../../support/calls.ts';
import { newCallId } from '../../../contract/call/callStore.contract.ts';
import { apiKey, routesOf, serve, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
beforeAll(async () => {
  world = worldOf();
  http = await serve(world.options);
  for (const id of ['ann', 'bob']) await world.users.put({ id, name: id, isVerified: false });
  for (let index = 0; index < 12; index += 1) {
    const id = `user ${String(index).padStart(2, '0')}`;
    await world.users.put({ id, name: id, isVerified: false });
    await world.relations.change([
      { from: 'ann', kind: index % 2 === 0 ? 'follows' : 'accepted', to: id, holds: true },
    ]);
    const { outcome: _, ...made } = changed(
      decide(undefined, { ...createCommand(['bob']), callId: newCallId() }, 1_000),
    );
    await world.store.save(made);
    const ended = { media: 'audio', startedAt: 1_000, endedAt: 2_000 + index, reason: 'missed' } as const;
    const participants = ['ann', 'bob'].map((userId) => ({ userId, reason: 'missed', leftAt: 2_000 }) as const);
    await world.records.keep({ callId: newCallId(), ...ended, participants });
    world.time.now += 1;
    await http.ask('POST', '/v1/webhook-endpoints', { as: apiKey, body: { url: `https://app.example/${index}` } });
  }
});
afterAll(() => http.stop());

const page = z.looseObject({ next: z.string().optional() });

/** All pages, by `next` and by the header, which must say the same. */
async function readAll(path: string, limit: number): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const pages: Readonly<Record<string, unknown>>[] = [];
  let url: string | undefined = `${path}?limit=${limit}`;
  while (url !== undefined) {
    const { status, json, headers } = await http.ask('GET', url, { as: apiKey });
    expect(status).toBe(200);
    const { next, ...rest } = page.parse(json);
    pages.push(rest);
    url = next === undefined ? undefined : `${path}?limit=${limit}&after=${next}`;
    expect(headers.get('link')).toBe(url === undefined ? null : `<${url}>; rel="next"`);
  }
  return pages;
}

const idsIn = z.array(z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]));

test.each([
  ['/v1/users', 'users', 14],
  ['/v1/users/ann/relations/follows', 'userIds', 6],
  ['/v1/calls', 'calls', 12],
  ['/v1/webhook-endpoints', 'endpoints', 12],
])('%s', async (path, list, count) => {
  const pages = await readAll(path, 5);
  const ids = pages.flatMap((one) => idsIn.parse(one[list]));
  expect(pages.length).toBe(Math.ceil(count / 5));
  expect([ids.length, new Set(ids).size]).toEqual([count, count]);
});

test('the pages of an export contain all data of a user, once', async () => {
  const pages = await readAll('/v1/users/ann/export', 5);
  const part = z.object({
    relations: z.record(z.string(), z.array(z.string())),
    history: z.array(z.object({ callId: z.string() })),
    settings: z.object({ callingOn: z.boolean() }),
  });
  const parts = pages.map((one) => part.parse(one));
  for (const { relations, history } of parts) {
    expect(Object.values(relations).flat().length + history.length).toBeLessThanOrEqual(5);
  }
  const of = (kind: string) => parts.flatMap(({ relations }) => relations[kind] ?? []);
  expect([of('follows').length, of('accepted').length, of('blocks').length]).toEqual([6, 6, 0]);
  const calls = parts.flatMap(({ history }) => history.map(({ callId }) => callId));
  expect([calls.length, new Set(calls).size]).toEqual([12, 12]);
});

describe('an invalid cursor is refused', () => {
  test.each(['x', '=', cursorAt(7), cursorAt({ after: 'ann' }), 'A'.repeat(2_000)])('%s', async (cursor) => {
    for (const path of ['/v1/users', '/v1/calls', '/v1/users/ann/export', '/v1/webhook-endpoints', '/v1/me/calls']) {
      const as = path.includes('/me/') ? await world.tokenOf('ann') : apiKey;
      const { json } = await http.ask('GET', `${path}?after=${cursor}`, { as });
      expect(json['code']).toBe('invalid_request');
    }
  });
});

test('every list is paged, except the settings of one user and the demo users', () => {
  const routes = routesOf(world);
  const lists = routes.filter(({ method, answer }) => {
    if (method !== 'get' || !(answer instanceof z.ZodObject)) return false;
    return Object.values(answer.shape).some((one) => one instanceof z.ZodArray);
  });
  const unpaged = lists.filter(({ query }) => !('after' in query.shape && 'limit' in query.shape));
  expect(lists.length).toBeGreaterThan(5);
  // The settings of one user, and four people for demonstration.
  expect(unpaged.map(({ path }) => path).sort()).toEqual(['/demo/people', '/v1/me/settings']);
});
