import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { asyncApiDocument } from '../../../../src/edge/docs/asyncapi.ts';
import { describeInterfaces } from '../../../../src/edge/docs/interfaceDocuments.ts';
import { html, prose } from '../../../../src/edge/docs/reader/html.ts';
import { noAnswer, noBody } from '../../../../src/edge/http/route.ts';
import { notifications } from '../../../../src/protocol/socket/notifications.ts';
import { requests } from '../../../../src/protocol/socket/requests.ts';
import { routesOf, serve, worldOf } from '../server.ts';
import type { Answer, Served } from '../server.ts';

const world = worldOf();
let http: Served;
beforeAll(async () => {
  http = await serve({ ...world.options, makeDocuments: describeInterfaces });
});
afterAll(() => http.stop());

/** Every local reference anywhere in a document. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = '$ref' in value && typeof value.$ref === 'string' ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

function target(document: unknown, reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? new Map(Object.entries(at)).get(step) : undefined),
    document,
  );
}

/** What OpenAPI 3.1 asks of the parts that we use. */
const content = z.record(z.string(), z.strictObject({ schema: z.looseObject({}) }));
const operation = z.strictObject({
  summary: z.string().min(1),
  description: z.string().min(1).optional(),
  operationId: z.string(),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.tuple([]))),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.enum(['path', 'header', 'query']),
        required: z.boolean(),
        schema: z.looseObject({}),
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.literal(true), content }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.strictObject({
      description: z.string().min(1),
      content: content.optional(),
      headers: z.looseObject({}).optional(),
    }),
  ),
});
const openApi = z.looseObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().regex(/^\/v1\//),
    z.partialRecord(z.enum(['get', 'put', 'patch', 'post', 'delete']), operation),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
});

describe('the OpenAPI document', () => {
  const routes = routesOf(world);
  const described = routes.filter(({ path }) => path.startsWith('/v1/'));
  let served: Answer;
  let document: z.output<typeof openApi>;
  beforeAll(async () => {
    served = await http.ask('GET', '/v1/openapi.json');
    document = openApi.parse(served.json);
  });

  test('is valid, and every reference resolves', () => {
    for (const reference of referencesIn(served.json))
      expect([reference, target(served.json, reference)]).toEqual([reference, expect.anything()]);
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.operationId));
    expect(new Set(ids).size).toBe(described.length);
  });

  test('contains every route under /v1 and no other', () => {
    const inDocument = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(inDocument.sort()).toEqual(described.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test.each(described.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s: path parameters, body, answer and credentials as declared',
    (_name, route) => {
      const found = operation.parse(document.paths[route.path]?.[route.method]);
      const inPath = (found.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(Object.keys(route.params.shape)).toEqual(inPath);
      expect(found.requestBody !== undefined).toBe(route.body !== noBody);
      expect(found.responses[String(route.status)]?.content !== undefined).toBe(route.answer !== noAnswer);
      expect(found.security.flatMap((one) => Object.keys(one))).toEqual(
        route.access === 'anybody' ? [] : route.access.split(' or '),
      );
      expect('401' in found.responses).toBe(route.access !== 'anybody');
      const asked = (found.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
      expect(asked).toEqual(Object.keys(route.query.shape));
      const keys = (found.parameters ?? []).filter((one) => one.in === 'header').map(({ name }) => name);
      expect(keys).toEqual(route.idempotent ? ['Idempotency-Key'] : []);
    },
  );

  test('every example matches the pattern of its schema', () => {
    const examples = Object.entries(document.components.schemas).filter(([, schema]) => 'example' in schema);
    expect(examples.map(([name]) => name)).toEqual(expect.arrayContaining(['UserId', 'DeviceId']));
    for (const [, { example, pattern }] of examples) {
      expect(z.string().parse(example)).toMatch(new RegExp(z.string().parse(pattern)));
    }
  });

  test('documents a key for every POST that creates something', () => {
    const keyed = described.filter(({ idempotent }) => idempotent).map(({ method, path }) => `${method} ${path}`);
    // Others leave nothing behind, or the same when they are repeated.
    const ofCalls = [
      'answer',
      'cancel',
      'decline',
      'end',
      'hold',
      'invite',
      'leave',
      'mute',
      'rejoin',
      'remove',
      'tickets',
    ];
    expect(keyed.sort()).toEqual([
      'post /v1/calls',
      ...ofCalls.map((change) => `post /v1/calls/{callId}/${change}`),
      'post /v1/users/{userId}/sign-out',
      'post /v1/webhook-endpoints',
      'post /v1/webhook-endpoints/{endpointId}/ping',
      'post /v1/webhook-endpoints/{endpointId}/rotate-secret',
    ]);
  });
});

describe('the AsyncAPI document', () => {
  test('is valid AsyncAPI 3.0', async () => {
    const parser = new Worker(new URL('../../../support/asyncApiReport.mjs', import.meta.url), {
      workerData: JSON.stringify(asyncApiDocument()),
    });
    // Without a version there were errors; the other messages are advice.
    expect(await once(parser, 'message')).toEqual([{ messages: expect.anything(), version: '3.0.0' }]);
  });

  test('equals what is served, and every reference resolves', async () => {
    const { json } = await http.ask('GET', '/v1/asyncapi.json');
    expect(json).toEqual(JSON.parse(JSON.stringify(asyncApiDocument())));
    for (const reference of referencesIn(json))
      expect([reference, target(json, reference)]).toEqual([reference, expect.anything()]);
  });

  test('contains every request, answer and notification', () => {
    const { operations, components } = asyncApiDocument();
    const requestNames = Object.keys(requests);
    const notificationNames = Object.keys(notifications);
    expect(Object.keys(operations)).toEqual([...requestNames, ...notificationNames]);
    expect(Object.keys(components.messages)).toEqual([
      ...requestNames.flatMap((name) => [`${name}.request`, `${name}.answer`]),
      ...notificationNames,
      'error',
    ]);
  });
});

describe.each(['/v1/docs', '/v1/docs/socket'])('the API page at %s', (path) => {
  let page: Answer;
  beforeAll(async () => {
    page = await http.ask('GET', path);
  });
  const allOf = (pattern: RegExp) => [...page.text.matchAll(pattern)].map(([, found]) => z.string().parse(found));

  test('has no script, no inline style and nothing from other origins', async () => {
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).not.toMatch(/<script|<style|\sstyle=|(?:src|href)="(?![/#]|data:,")|\son\w+="/);
    const links = new Set(allOf(/(?:src|href)="(\/[^"]*)"/g));
    expect(links).toContain('/v1/docs/reader.css');
    for (const link of links) expect([link, (await http.ask('GET', link)).status]).toEqual([link, 200]);
  });

  test('is at most 200 KB with its style', async () => {
    const style = await http.ask('GET', '/v1/docs/reader.css');
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(page.text.length + style.text.length).toBeLessThan(200_000);
  });

  test('has a target for every link on the page, and no duplicate id', () => {
    const ids = allOf(/\sid="([^"]+)"/g);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(allOf(/href="#([^"]+)"/g).filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('works with a screen reader: one top-level heading, landmarks, and a link to the content', () => {
    expect(page.text.match(/<h1/g)).toHaveLength(1);
    expect(page.text).toMatch(/<html lang="en">[^]*<a class="skip" href="#content">[^]*<main id="content"/);
    expect(allOf(/<nav [^>]*aria-label="([^"]+)"/g)).toEqual(['Documents', 'Contents']);
  });
});

test('the API page shows every operation, its summary and its field names', async () => {
  const { text } = await http.ask('GET', '/v1/docs');
  const document = openApi.parse((await http.ask('GET', '/v1/openapi.json')).json);
  for (const methods of Object.values(document.paths)) {
    for (const { operationId } of Object.values(methods)) expect(text).toContain(`id="${operationId}"`);
  }
  for (const name of Object.keys(document.components.schemas)) expect(text).toContain(`id="schema-${name}"`);
  expect(text).toContain('<code class="name">whenBusy</code>');
});

test('the socket page shows every request and notification', async () => {
  const { text } = await http.ask('GET', '/v1/docs/socket');
  for (const name of Object.keys(requests)) expect(text).toContain(`id="receive-${name}"`);
  for (const name of Object.keys(notifications)) expect(text).toContain(`id="send-${name}"`);
});

test('markup in a description is escaped', () => {
  expect(html`<p title="${'"'}">${'<b>&'}${html`<i>${"it's"}</i>`}</p>`.html).toBe(
    '<p title="&quot;">&lt;b&gt;&amp;<i>it&#39;s</i></p>',
  );
  expect(prose('one `<a>`\n\ntwo').html).toMatch(/^<p>one <code>&lt;a&gt;<\/code><\/p>\s*<p>two<\/p>$/);
});
