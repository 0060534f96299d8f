/**
 * Fails closed: a field that could hold an address exists only if it is named here, with the reason why none gets there.
 * Every message that leaves a node and every value that is stored is walked, so that a new field cannot be overlooked.
 */
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import * as stored from '../../../../src/adapters/redis/schema/persistedSchemas.ts';
import { timerJob, webhookJob } from '../../../../src/protocol/internal/jobs.ts';
import { notifications } from '../../../../src/protocol/socket/notifications.ts';
import { requests } from '../../../../src/protocol/socket/requests.ts';
import { routesOf, worldOf } from '../server.ts';

/** As somebody might write one. */
const addresses = ['203.0.113.7', '2001:db8::7', '::ffff:203.0.113.7', 'cb007107', 'ywBxBw==', 'host-7.local'];

const schema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  pattern: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  prefixItems: z.array(z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  $ref: z.string().optional(),
});

/** Names of the fields that an address fits into; `*` is any key of a record. */
function roomy(value: unknown, name: string, document: unknown): readonly string[] {
  const node = schema.safeParse(value);
  // `{}` and `true` take anything.
  if (!node.success || Object.keys(node.data).length === 0) return value === false ? [] : [name];
  const { $ref, properties = {}, items, prefixItems = [], additionalProperties: rest, ...leaf } = node.data;
  if ($ref !== undefined) return roomy(definition(document, $ref), name, document);
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => roomy(inner, key, document)),
    ...(items === undefined ? [] : roomy(items, name, document)),
    ...prefixItems.flatMap((inner) => roomy(inner, name, document)),
    ...(rest === undefined || rest === false ? [] : [`${name}.*`, ...roomy(rest, `${name}.*`, document)]),
    ...[...(leaf.anyOf ?? []), ...(leaf.oneOf ?? []), ...(leaf.allOf ?? [])].flatMap((inner) =>
      roomy(inner, name, document),
    ),
    ...(takesAddresses(leaf) ? [name] : []),
  ];
}

function definition(document: unknown, reference: string): unknown {
  const definitions = z.object({ $defs: z.record(z.string(), z.unknown()) }).parse(document).$defs;
  return definitions[reference.replace('#/$defs/', '')];
}

function takesAddresses({ type, pattern, enum: choices, const: only }: z.output<typeof schema>): boolean {
  if (type !== 'string' || choices !== undefined || only !== undefined) return false;
  return pattern === undefined || addresses.some((address) => new RegExp(pattern, 'u').test(address));
}

function roomyIn(one: z.ZodType): readonly string[] {
  const document = z.toJSONSchema(one, { io: 'output', unrepresentable: 'any' });
  return roomy(document, '(itself)', document);
}

const names = (schemas: readonly z.ZodType[]) => [...new Set(schemas.flatMap(roomyIn))].sort();

const byTheApp = 'a name that the app gave to a user: its affair';
const random = 'random, made by the server';

/** Why no address gets into them. */
const toldToClients: Readonly<Record<string, string>> = {
  userId: byTheApp,
  caller: byTheApp,
  by: byTheApp,
  invitedBy: byTheApp,
  active: byTheApp,
  ticket: 'a JWT of the server: a call, a user, rights and times',
  address: 'of the server: what is not configured is told to nobody (see the adapter’s `fromTransport`)',
  ip: 'the same',
  usernameFragment: random,
  password: random,
  cname: random,
  // What the server can send, in the answer to hello and join: out of its own list of codecs.
  type: 'of the server’s own codecs',
  parameter: 'of the server’s own codecs',
  'parameters.*': 'of the server’s own codecs; towards other clients numbers and at most six hex digits',
};

const answered: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['userId', 'userIds', 'id', 'caller', 'invitedBy', 'others', 'relations.*'].map((name) => [name, byTheApp]),
  ),
  name: 'what the app calls a user',
  ticket: 'a JWT of the server',
  token: 'a JWT of the server',
  secret: random,
  next: 'a place in a list: a time and a call',
  timeZone: 'a name of the IANA database',
  wouldChange: 'fixed sentences',
  url: 'of the app’s own webhook endpoint',
  body: 'of a webhook: facts of a call',
  '(itself).*': 'the documents of the interfaces',
};

const kept: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['userId', 'by', 'invitedBy'].map((name) => [name, byTheApp])),
  deviceId: 'made by the client for itself, never told to others',
  region: 'where a node is, by its operator',
  timeZone: 'a name of the IANA database',
  url: 'of the app’s own webhook endpoint',
  body: 'of a webhook: facts of a call',
  text: 'of an operator, for people who cannot call now',
};

test('only these fields of what clients get could contain an address', () => {
  const told = [
    ...Object.values(notifications).map(({ params }) => params),
    ...Object.values(requests).map(({ result }) => result),
  ];
  expect(names(told)).toEqual(Object.keys(toldToClients).sort());
});

test('answers of the API', () => {
  const world = worldOf();
  const routes = routesOf(world);
  expect(names(routes.map(({ answer }) => answer))).toEqual(Object.keys(answered).sort());
});

test('stored or queued values', () => {
  const values = Object.values(stored).filter((one) => one instanceof z.ZodType);
  expect(values.length).toBeGreaterThan(10);
  expect(names([...values, timerJob, webhookJob])).toEqual(Object.keys(kept).sort());
});

test('the walk finds a field with room for an address, however deep it is', () => {
  const leaky = z.object({
    calls: z.array(z.union([z.int(), z.object({ peer: z.string() })])),
    n: z.record(z.string(), z.int()),
  });
  expect(names([leaky])).toEqual(['n.*', 'peer']);
  expect(names([z.object({ id: z.uuid(), at: z.int(), is: z.boolean(), of: z.enum(['a', 'b']) })])).toEqual([]);
});
