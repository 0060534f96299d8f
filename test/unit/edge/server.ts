/** The whole HTTP edge over the real commands and the memory twins of the ports, on a port of its own. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { MemoryCallRecords } from '../../../src/adapters/memory/memoryCallRecords.ts';
import { MemoryCalls } from '../../../src/adapters/memory/memoryCalls.ts';
import { MemoryIdempotency } from '../../../src/adapters/memory/memoryIdempotency.ts';
import { MemoryRelations } from '../../../src/adapters/memory/memoryRelations.ts';
import { MemoryRingLedgers } from '../../../src/adapters/memory/memoryRingLedgers.ts';
import { MemoryRightsLog } from '../../../src/adapters/memory/memoryRightsLog.ts';
import { MemoryViewerTickets } from '../../../src/adapters/memory/memoryViewerTickets.ts';
import { MemoryUserDirectory } from '../../../src/adapters/memory/memoryUserDirectory.ts';
import {
  MemoryWakeUps,
  MemoryWebhookEndpoints,
  MemoryWebhookMailbox,
} from '../../../src/adapters/memory/memoryWebhooks.ts';
import { randomIds } from '../../../src/adapters/system/randomIds.ts';
import { JoseTokens } from '../../../src/adapters/tokens/joseTokens.ts';
import type { ErrorCode } from '../../../src/domain/kernel/errors.ts';
import { readCall } from '../../../src/commands/call/readCall.ts';
import { callable } from '../../../src/commands/people/callable.ts';
import { changeCall, readChange } from '../../../src/commands/call/changeCall.ts';
import { changeRelations } from '../../../src/commands/people/changeRelations.ts';
import { exportUser } from '../../../src/commands/people/exportUser.ts';
import { forgetUser } from '../../../src/commands/people/forgetUser.ts';
import { signOutUser } from '../../../src/commands/people/signOutUser.ts';
import { readHistory, seeHistory } from '../../../src/commands/call/history.ts';
import { createCall } from '../../../src/commands/call/createCall.ts';
import { bindWebhookUseCases } from '../../../src/compose/workers/webhooks.ts';
import { ProcessKnownGenerations } from '../../../src/adapters/system/knownGenerations.ts';
import { issueUserToken, mustStillBe, readUserToken } from '../../../src/commands/people/userTokens.ts';
import { listViewers } from '../../../src/commands/media/viewers/listViewers.ts';
import { removeViewer, revokeTicket } from '../../../src/commands/media/viewers/removeViewer.ts';
import { issueTicket } from '../../../src/commands/media/viewers/issueTicket.ts';
import type { InterfaceDocuments } from '../../../src/edge/docs/interfaceDocuments.ts';
import { ApiKeys } from '../../../src/edge/apiKeys.ts';
import type { ApiKey, Scope } from '../../../src/edge/apiKeys.ts';
import { createHttpApp, httpRoutes } from '../../../src/edge/http/app.ts';
import { Limits } from '../../../src/edge/http/limits/httpRateLimits.ts';
import type { Route } from '../../../src/edge/http/route.ts';
import type { HttpAppOptions } from '../../../src/edge/http/app.ts';
import type { UseCases } from '../../../src/edge/http/useCases.ts';
import type { CallMetrics } from '../../../src/ports/system/callMetrics.ts';
import type { TokenHolder } from '../../../src/ports/people/tokens.ts';
import type { LogFields } from '../../../src/ports/system/log.ts';
import type { OperatorAct } from '../../../src/ports/system/operatorLog.ts';
import { limits } from '../../support/calls.ts';

export const apiKey = 'the-key-of-the-app-in-tests';
export const scopes = ['read', 'calls', 'people', 'admin', 'metrics'] as const satisfies readonly Scope[];
/** Beside the key with every scope: one key for each scope, one for all but it, and an expired one. */
export const scopedKey = (scope: Scope): string => `the-key-with-${scope}-alone`;
export const keyWithout = (scope: Scope): string => `the-key-without-${scope}`;
export const expiredKey = 'the-key-that-has-expired';
export const start = 1_700_000_000_000;
const nodeId = 'node_0123456789012345678901' as const;
const nothing = () => undefined;
/** To make the real ones takes longer than most tests; `docs/documents.test.ts` does. */
const noDocuments: InterfaceDocuments = {
  openApi: { openapi: '3.1.0', info: { title: 'none', version: '0' } },
  asyncApi: {
    asyncapi: '3.0.0',
    info: {},
    defaultContentType: '',
    channels: {},
    operations: {},
    components: { messages: {}, schemas: {} },
  },
};

const keysOfTests: readonly ApiKey[] = [
  { name: 'default', secret: apiKey, scopes },
  { name: 'expired', secret: expiredKey, scopes, expiresAt: start },
  ...scopes.flatMap((scope): ApiKey[] => [
    { name: `${scope}-alone`, secret: scopedKey(scope), scopes: [scope] },
    { name: `no-${scope}`, secret: keyWithout(scope), scopes: scopes.filter((other) => other !== scope) },
  ]),
];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of a JSON answer. */
  readonly json: Readonly<Record<string, unknown>>;
}
export interface Ask {
  readonly as?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** What the edge counted and logged, and the twins behind it. */
export function worldOf(overrides: { useCases?: Partial<UseCases> } = {}) {
  const time = { now: start };
  const clock = { now: () => time.now };
  const counted: { answered: [string, number][]; refused: ErrorCode[] } = { answered: [], refused: [] };
  const metrics: CallMetrics = {
    decided: nothing,
    happened: nothing,
    observed: nothing,
    timerFired: nothing,
    phaseLeft: nothing,
    answered: (route, status) => counted.answered.push([route, status]),
    refused: (_edge, code) => counted.refused.push(code),
  };
  const logged: { message: string; fields: LogFields }[] = [];
  const write = (message: string, fields: LogFields = {}) => {
    logged.push({ message, fields });
  };
  const acts: OperatorAct[] = [];
  const log = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    acted: (act: OperatorAct) => void acts.push(act),
  };
  const rights = new MemoryRightsLog();
  const users = new MemoryUserDirectory({ log: rights });
  const viewerTickets = new MemoryViewerTickets({ log: rights });
  const relations = new MemoryRelations();
  const records = new MemoryCallRecords({ users });
  const ringLedgers = new MemoryRingLedgers();
  const ringLimits = { attempts: 20, windowMs: 60_000, waitsMs: [0, 0, 0, 60_000] };
  const store = new MemoryCalls({ clock, endedCallTtlMs: 60_000 });
  const tokens = new JoseTokens({
    clock,
    secret: 'a secret of tests, long enough to be one',
    userTokenTtlMs: 60_000,
    ticketTtlMs: 30_000,
    clockSkewMs: 0,
  });
  const idempotency = new MemoryIdempotency({ clock, ttlMs: 60_000 });
  const context = {
    store,
    callIndex: store,
    clock,
    metrics,
    users,
    relations,
    ringLedgers,
    records,
    viewerTickets,
    ringLimits,
    tokens,
    placeCall: () => nodeId,
    limits,
    ids: randomIds,
    userTokenTtlMs: 60_000,
    generations: new ProcessKnownGenerations({ clock, forgetAfterMs: 60_000 }),
    life: { name: () => Promise.resolve('first'), isAnother: () => Promise.resolve(false), accept: nothing },
  } as const;
  const useCases: UseCases = {
    issueUserToken: (userId) => issueUserToken(context, userId),
    readUserToken: (token) => readUserToken(context, token),
    createCall: (request) => createCall(context, request),
    changeCall: (request) => changeCall(context, request),
    readChange: (request) => readChange(context, request),
    issueTicket: (ticket) => issueTicket(context, ticket),
    viewerMark: (callId, userId) => viewerTickets.markOf(callId, userId),
    removeViewer: (request) => removeViewer(context, request),
    revokeTicket: (ticketId) => revokeTicket(context, ticketId),
    listViewers: (request) => listViewers({ watching: { list: () => Promise.resolve([]) } }, request),
    readCall: (request) => readCall(context, request),
    callable: (request) => callable(context, request),
    changeRelations: (changes) => changeRelations(context, changes),
    forgetUser: (userId) => forgetUser(context, userId),
    signOutUser: (userId) => signOutUser(context, userId),
    exportUser: (request) => exportUser(context, request),
    readHistory: (request) => readHistory(context, request),
    seeHistory: (userId, upTo) => seeHistory(context, userId, upTo),
    ...overrides.useCases,
  };
  const mailbox = new MemoryWebhookMailbox();
  const sent: { url: string; secrets: readonly string[] }[] = [];
  const webhooks = bindWebhookUseCases({
    endpoints: new MemoryWebhookEndpoints(),
    deadLetters: mailbox,
    lanes: mailbox,
    wakeUps: new MemoryWakeUps({ clock }),
    log,
    sender: {
      maySendTo: (url) => url.startsWith('https:'),
      send: ({ url, secrets }) => {
        sent.push({ url, secrets });
        return Promise.resolve({ accepted: false, failure: 'status', status: 500 } as const);
      },
    },
    ids: randomIds,
    clock,
    secretOverlapMs: 60_000,
  });
  const options: HttpAppOptions = {
    makeDocuments: () => noDocuments,
    webhooks,
    useCases,
    users,
    relations,
    idempotency,
    store,
    callIndex: store,
    metrics,
    log,
    clock,
    apiKeys: new ApiKeys(keysOfTests, clock),
    bodyMaxBytes: 10_000,
    withDemoPeople: true,
  };
  /** Of somebody who is made known by this if need be. */
  const tokenOf = async (id: string): Promise<string> => {
    if ((await users.get(id)) === undefined) await users.put({ id, name: id, isVerified: false });
    return (await useCases.issueUserToken(id)).token;
  };
  return {
    time,
    useCases,
    mustStillBe: (holder: TokenHolder) => mustStillBe(context, holder),
    idempotency,
    log,
    counted,
    logged,
    acts,
    options,
    tokenOf,
    users,
    relations,
    ringLedgers,
    records,
    store,
    tokens,
    viewerTickets,
    mailbox,
    sent,
  };
}

export type World = ReturnType<typeof worldOf>;

/** The declarations of all routes. */
export const routesOf = ({ options }: World): readonly Route[] =>
  httpRoutes(options, new Limits({ clock: options.clock }), () => noDocuments);

export async function serve(options: HttpAppOptions) {
  const server = createServer(createHttpApp(options));
  // Both ends share a thread: after long work the server would close what the client is about to use again.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;

  const ask = async (method: string, path: string, { as, body, headers }: Ask = {}): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Blob ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = text !== '' && (response.headers.get('content-type')?.includes('json') ?? false);
    const json: unknown = isJson ? JSON.parse(text) : {};
    return { status: response.status, headers: response.headers, text, json: isRecord(json) ? json : {} };
  };
  /** Bytes that no client library would send. */
  const raw = async (bytes: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    // Some of what is sent is only half a request: nobody would answer before a time limit.
    setTimeout(() => socket.end(), 250);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  };
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const connections = promisify(server.getConnections.bind(server));
  return { ask, raw, stop, connections, port, url: `http://127.0.0.1:${port}` };
}

export type Served = Awaited<ReturnType<typeof serve>>;

/** Alice and Bob with calling on for everyone, who have written to each other; and their tokens. */
export async function settled(world: World): Promise<{ alice: string; bob: string }> {
  for (const id of ['alice', 'bob']) {
    await world.users.put({ id, name: id, isVerified: false });
    await world.users.changeSettings(id, { callingOn: true, audiences: ['everyone'] });
  }
  await world.relations.change([
    { from: 'alice', kind: 'wrote_to', to: 'bob', holds: true },
    { from: 'bob', kind: 'wrote_to', to: 'alice', holds: true },
  ]);
  return { alice: await world.tokenOf('alice'), bob: await world.tokenOf('bob') };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
