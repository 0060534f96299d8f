/** The same steps for every route: identify → rate limit → access → body → schema → once → work → answer. */
import { isUtf8 } from 'node:buffer';
import express from 'express';
import type { Express, Request, RequestHandler, Response } from 'express';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { OperatorLog } from '../../ports/system/operatorLog.ts';
import { bulkMaxBytes } from '../../protocol/http/http.ts';
import type { Idempotent } from '../idempotent.ts';
import { padded } from '../padded.ts';
import { admit, claimedUser } from './auth.ts';
import type { Caller, Identify } from './auth.ts';
import { etagContent, sendEtagContent } from './etagContent.ts';
import type { EtagContent } from './etagContent.ts';
import { onceForKey } from './idempotencyHeader.ts';
import type { Limits } from './limits/httpRateLimits.ts';
import { linkToNext } from './paging.ts';
import type { Clients } from './clientAddress.ts';
import { noBody } from './route.ts';
import type { Reply, Route } from './route.ts';
import { onExchangeEnd } from './onExchangeEnd.ts';

export interface Passage {
  readonly identify: Identify;
  readonly limits: Limits;
  readonly clients: Clients;
  readonly idempotent: Idempotent;
  readonly metrics: CallMetrics;
  readonly operatorLog: OperatorLog;
  readonly bodyMaxBytes: number;
}

export function registerRoutes(app: Express, routes: readonly Route[], passage: Passage): void {
  const { bodyMaxBytes } = passage;
  const readJson = { usual: jsonReader(bodyMaxBytes), bulk: jsonReader(Math.max(bodyMaxBytes, bulkMaxBytes)) };
  const sendDocument = documentSender();
  for (const route of routes) {
    app[route.method](
      expressPath(route.path),
      timed(`${route.method.toUpperCase()} ${route.path}`, passage.metrics),
      async (req, res) => {
        const caller = route.access === 'anybody' ? undefined : await callerOf(req, passage);
        if (caller?.kind === 'user') {
          await passage.limits.requestBy(caller.userId);
          onExchangeEnd(res, req.socket, passage.limits.begin(caller.userId));
        }
        if (route.isDocument) await passage.limits.documentTo(passage.clients.addressOf(req));
        // Before the body is read, so that a stranger cannot make the server read one.
        admit[route.access](caller, route.scope);
        const body =
          route.body === noBody ? undefined : await bodyOf(req, res, readJson[route.bulk ? 'bulk' : 'usual']);
        const prepared = route.prepare(caller, { params: req.params, query: queryOf(req), body });
        const identity = { caller, route: `${route.method} ${route.path}` };
        const reply = await onceForKey(passage.idempotent, req.get('Idempotency-Key'), identity, prepared);
        writeAudit(route, caller, passage.operatorLog);
        const link = linkToNext(req.originalUrl, reply.body);
        if (link !== undefined) res.set('Link', link);
        if (route.isDocument) sendDocument(req, res, { route, reply });
        else send(res, reply);
      },
    );
  }
  refuseOtherMethods(app, routes);
}

/** What a key with the scope `admin` alone may do is an operator's act. */
function writeAudit({ method, path, scope }: Route, caller: Caller | undefined, log: OperatorLog): void {
  if (scope !== 'admin' || caller?.kind !== 'app') return;
  log.acted({ by: caller.key.name, act: 'webhooks', detail: `${method.toUpperCase()} ${path}` });
}

/** For paths that exist. Register this after all their routes. */
export function refuseOtherMethods(
  app: Pick<Express, 'all'>,
  routes: readonly { readonly path: string; readonly method: string }[],
): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? new Set(['OPTIONS']);
    methods.set(path, known.add(method.toUpperCase()));
    // Express answers HEAD like GET, without a body.
    if (method === 'get') known.add('HEAD');
  }
  for (const [path, known] of methods) {
    const allow = [...known].sort().join(', ');
    app.all(expressPath(path), ({ method }, response) => {
      response.set('Allow', allow);
      if (method !== 'OPTIONS') throw new CallError('method_not_allowed');
      response.status(204).end();
    });
  }
}

const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

/** Accepts any JSON value in UTF-8. Refuses other content types and compressed bodies. */
function jsonReader(limit: number): RequestHandler {
  const read: RequestHandler = express.json({
    limit,
    type: () => true,
    inflate: false,
    strict: false,
    verify: mustBeUtf8,
  });
  return (request, response, next) => {
    const type = request.get('Content-Type') ?? '';
    // `is` returns null if there is no body. A body without a type counts as JSON.
    const isOther = type !== '' && request.is(['json', '+json']) === false;
    const charset = /;\s*charset="?([^";\s]+)/i.exec(type)?.[1] ?? 'utf-8';
    if (isOther || charset.toLowerCase() !== 'utf-8') throw new CallError('unsupported_content');
    return read(request, response, next);
  };
}

/** Invalid UTF-8 would be replaced silently, and two ids could become the same. */
function mustBeUtf8(_request: unknown, _response: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new CallError('malformed');
}

/** The label is the route's pattern, since URLs contain ids and have no limit of values. */
export function timed(label: string, metrics: CallMetrics): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    onExchangeEnd(response, request.socket, () => {
      metrics.answered(label, response.statusCode, performance.now() - began);
    });
    next();
  };
}

async function callerOf(request: Request, { identify, limits, clients }: Passage): Promise<Caller> {
  try {
    return await identify(request.get('Authorization'));
  } catch (error) {
    // The holder of an expired token is not guessing, and must learn that it has to be renewed.
    if (error instanceof CallError && error.code === 'unauthenticated') {
      await limits.failedCredential(clients.addressOf(request), claimedUser(request.get('Authorization')));
    }
    throw error;
  }
}

/** If a name occurs more than once, the last value counts. */
function queryOf({ url }: Request): Record<string, string> {
  const at = url.indexOf('?');
  return at < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(at)));
}

function bodyOf(request: Request, response: Response, readJson: RequestHandler): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const read = (error?: unknown) => {
      if (error instanceof Error) reject(error);
      else resolve(request.body);
    };
    Promise.resolve(readJson(request, response, read)).catch(reject);
  });
}

function send(response: Response, { status, body, location }: Reply): void {
  // Answers contain tokens and people's calls.
  response.status(status).set('Cache-Control', 'no-store');
  if (location !== undefined) response.location(location);
  if (body === undefined) response.end();
  else response.type('json').send(padded(JSON.stringify(body)));
}

function documentSender() {
  const made = new Map<Route, EtagContent>();
  return (request: Request, response: Response, { route, reply }: { readonly route: Route; readonly reply: Reply }) => {
    const document = made.get(route) ?? etagContent(JSON.stringify(reply.body));
    made.set(route, document);
    sendEtagContent(request, response.status(reply.status).type('json'), document);
  };
}
