/** The OpenAPI 3.1 document, generated from the declarations that the server's routes come from. */
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import * as z from 'zod';
import { errorCatalogue } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import { httpStatus } from '../../protocol/shared/errorStatus.ts';
import { problem } from '../../protocol/http/http.ts';
import { idempotencyKey } from '../../protocol/shared/ids.ts';
import type { Access } from '../http/auth.ts';
import { noAnswer, noBody, noParams } from '../http/route.ts';
import type { Route } from '../http/route.ts';
import { apiVersion } from './version.ts';

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

const json = 'application/json';
const created = { 200: 'Done.', 201: 'Made.', 204: 'Done.' } as const;
const repetition = z.object({
  'Idempotency-Key': idempotencyKey.optional().meta({
    description: 'A repeated request with the same key gets the first answer and has no second effect.',
  }),
});

export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'app', {
    type: 'http',
    scheme: 'bearer',
    description: 'API key of the app’s backend. It must have the scope of the operation. Never put it into a client.',
  });
  registry.registerComponent('securitySchemes', 'user', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'User token. The app’s backend gets it for its user.',
  });
  for (const route of routes) registry.registerPath(pathOf(route));
  return new OpenApiGeneratorV31(registry.definitions, { sortComponents: 'alphabetically' }).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Veilcast',
      version: apiVersion,
      description:
        'Calls that reveal nobody’s IP address. Errors are problem details (RFC 9457) with a stable `code`. Incoming calls and media use the WebSocket ' +
        '`/v1/connect`, described in `/v1/asyncapi.json`.',
    },
    servers: [{ url: '/' }],
  });
}

function pathOf(route: Route): RouteConfig {
  const { method, path, summary, scope, params, query, body } = route;
  return {
    method,
    path,
    summary,
    operationId: operationId(route),
    tags: [path.split('/')[2] ?? 'other'],
    ...(scope === undefined ? {} : { description: `Scope of an API key: \`${scope}\`.` }),
    security: securityOf[route.access],
    request: {
      ...(Object.keys(params.shape).length === 0 ? {} : { params }),
      ...(query === noParams ? {} : { query }),
      ...(route.idempotent ? { headers: repetition } : {}),
      ...(body === noBody ? {} : { body: { required: true, content: { [json]: { schema: body } } } }),
    },
    responses: { [String(route.status)]: success(route), ...refusals(route) },
  };
}

const securityOf: Readonly<Record<Access, Record<string, string[]>[]>> = {
  app: [{ app: [] }],
  user: [{ user: [] }],
  'app or user': [{ app: [] }, { user: [] }],
  anybody: [],
};

/** `post /v1/calls/{callId}/end` → `postCallsCallIdEnd`. */
function operationId({ method, path }: Route): string {
  const words = path.replace(/^\/v1/, '').match(/[A-Za-z0-9]+/g) ?? [];
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function success({ status, answer, answersLocation }: Route): RouteConfig['responses'][string] {
  return {
    description: created[status],
    ...(answersLocation ? { headers: z.object({ Location: z.string() }) } : {}),
    ...(answer === noAnswer ? {} : { content: { [json]: { schema: answer } } }),
  };
}

/** Codes that share a status share a response. */
function refusals(route: Route): RouteConfig['responses'] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of refusalsOf(route)) {
    const status = httpStatus(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].message}`).join('\n\n'),
        content: { 'application/problem+json': { schema: problem } },
      },
    ]),
  );
}

function refusalsOf(route: Route): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>(route.refusals);
  const add = (when: boolean, ...more: ErrorCode[]) => {
    if (when) for (const code of more) codes.add(code);
  };
  const hasBody = route.body !== noBody;
  add(route.query !== noParams, 'invalid_request');
  add(hasBody || Object.keys(route.params.shape).length > 0 || route.idempotent, 'invalid_request');
  add(hasBody, 'malformed', 'message_too_large', 'unsupported_content');
  add(
    route.access !== 'anybody',
    'unauthenticated',
    'token_expired',
    'not_allowed',
    'too_many_requests',
    'too_many_in_flight',
  );
  add(route.scope !== undefined, 'key_expired', 'scope_missing');
  add(route.idempotent, 'idempotency_conflict', 'in_progress');
  add(true, 'unavailable', 'internal');
  return [...codes];
}
