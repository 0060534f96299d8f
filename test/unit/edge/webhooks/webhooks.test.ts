/** Webhook endpoints and dead letters through the HTTP API. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CallId, WebhookEndpointId } from '../../../../src/domain/kernel/ids.ts';
import { deadLetterList, webhookWithSecret } from '../../../../src/protocol/http/webhooks.ts';
import { apiKey, serve, settled, start, worldOf } from '../server.ts';
import type { Served, World } from '../server.ts';

let world: World;
let http: Served;
beforeEach(async () => {
  world = worldOf();
  http = await serve(world.options);
});
afterEach(() => http.stop());

const path = '/v1/webhook-endpoints';
const url = 'https://app.example/hooks';
const ask = (method: string, rest = '', body?: unknown, headers: Record<string, string> = {}) =>
  http.ask(method, path + rest, { as: apiKey, headers, ...(body === undefined ? {} : { body }) });
const create = async () => webhookWithSecret.parse((await ask('POST', '', { url })).json);

test('an endpoint is created with a secret that is shown once, listed without it, and removed', async () => {
  const made = await create();
  expect(made).toEqual({
    id: expect.stringMatching(/^hook_/),
    url,
    createdAt: start,
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
  });
  const { secret, ...shown } = made;
  expect((await ask('GET')).json).toEqual({ endpoints: [shown] });
  const rotated = webhookWithSecret.parse((await ask('POST', `/${made.id}/rotate-secret`)).json);
  expect(rotated).toEqual({ ...shown, secret: expect.not.stringContaining(secret) });
  await ask('POST', `/${made.id}/ping`);
  expect(world.sent).toEqual([{ url, secrets: [rotated.secret, secret] }]);
  world.time.now += 60_000;
  expect((await ask('POST', `/${made.id}/ping`)).json).toEqual({ accepted: false, failure: 'status', status: 500 });
  expect(world.sent[1]).toEqual({ url, secrets: [rotated.secret] });
  expect((await ask('DELETE', `/${made.id}`)).status).toBe(204);
  expect((await ask('GET')).json).toEqual({ endpoints: [] });
});

test('a repeated request creates one endpoint', async () => {
  const key = { 'Idempotency-Key': 'once' };
  const answers = [await ask('POST', '', { url }, key), await ask('POST', '', { url }, key)];
  expect(answers[1]?.text).toBe(answers[0]?.text);
  expect((await ask('GET')).json['endpoints']).toHaveLength(1);
});

test('at most sixteen endpoints exist, none with a forbidden URL, and users create none', async () => {
  const { alice } = await settled(world);
  expect((await http.ask('POST', path, { as: alice, body: { url } })).json['code']).toBe('not_allowed');
  expect((await ask('POST', '', { url: 'http://app.example/' })).json['code']).toBe('webhook_url_refused');
  expect((await ask('POST', '', { url: 'app.example' })).json['code']).toBe('invalid_request');
  const statuses: number[] = [];
  for (let time = 0; time < 17; time += 1) statuses.push((await ask('POST', '', { url })).status);
  expect(statuses).toEqual([...Array<number>(16).fill(201), 409]);
});

test.each([
  ['DELETE', ''],
  ['POST', '/rotate-secret'],
  ['POST', '/ping'],
  ['GET', '/dead-letters'],
  ['POST', '/dead-letters/replay'],
  ['POST', '/dead-letters/call_0123456789012345678901_1/replay'],
])('%s of an unknown endpoint%s is not found', async (method, rest) => {
  const { status, json } = await ask(method, `/hook_0123456789012345678901${rest}`);
  expect([status, json['code']]).toEqual([404, 'webhook_not_found']);
});

async function moveToDeadLetters(endpointId: WebhookEndpointId, seqs: readonly number[]): Promise<CallId> {
  const callId: CallId = 'call_0123456789012345678901';
  const lane = { endpointId, callId } as const;
  for (const seq of seqs) {
    const message = { id: `${callId}_${seq}`, callId, seq, type: 'call.left', body: '{}' } as const;
    await world.mailbox.append(lane, [message], seq - 1);
    await world.mailbox.moveToDeadLetters(lane, { message, attempts: 2, failure: 'too_slow', diedAt: start });
  }
  return callId;
}

test('dead letters are listed in pages and replayed, one or all', async () => {
  const { id } = await create();
  const callId = await moveToDeadLetters(id, [1, 2, 3]);
  const page = async (query: string) => deadLetterList.parse((await ask('GET', `/${id}/dead-letters${query}`)).json);
  const first = await page('?limit=2');
  const second = await page(`?limit=2&after=${first.next}`);
  expect([first, second].map(({ letters }) => letters.map(({ seq }) => seq))).toEqual([[1, 2], [3]]);
  expect(second).not.toHaveProperty('next');
  for (const query of ['?limit=0', '?limit=101', '?limit=0x10', '?limit=1e1', '?limit=%205', '?after=-1', '?after=x']) {
    expect((await ask('GET', `/${id}/dead-letters${query}`)).json['code']).toBe('invalid_request');
  }
  const replay = (messageId: string) => ask('POST', `/${id}/dead-letters/${messageId}/replay`);
  expect((await replay(`${callId}_2`)).status).toBe(204);
  expect((await replay(`${callId}_2`)).json['code']).toBe('dead_letter_not_found');
  expect((await replay('message')).json['code']).toBe('invalid_request');
  expect((await page('')).letters.map(({ seq }) => seq)).toEqual([1, 3]);
  expect((await ask('POST', `/${id}/dead-letters/replay`)).json).toEqual({ replayed: 2, more: false });
  expect((await page('')).letters).toEqual([]);
});

test('what changes an endpoint is in the audit log by the name of the key; what reads it is not', async () => {
  const { id } = await create();
  await ask('GET');
  await ask('POST', `/${id}/rotate-secret`);
  await ask('DELETE', `/${id}`);
  await ask('DELETE', `/${id}`);
  expect(world.acts).toEqual([
    { by: 'default', act: 'webhooks', detail: 'POST /v1/webhook-endpoints' },
    { by: 'default', act: 'webhooks', detail: 'POST /v1/webhook-endpoints/{endpointId}/rotate-secret' },
    { by: 'default', act: 'webhooks', detail: 'DELETE /v1/webhook-endpoints/{endpointId}' },
  ]);
});
