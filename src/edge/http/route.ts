/**
 * One declaration per route. Both the server and the OpenAPI document are made from it, so they cannot differ. Answers
 * pass through the schema, too: fields that it does not name are not sent.
 */
import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { Making } from '../idempotent.ts';
import { noAnswer, noBody, noParams } from '../../protocol/shared/emptySchemas.ts';
import { admit } from './auth.ts';
import type { Scope } from '../apiKeys.ts';
import type { Access, Caller, Callers } from './auth.ts';

export type Method = 'get' | 'put' | 'patch' | 'post' | 'delete';

interface Description {
  readonly method: Method;
  /** In OpenAPI notation: `/v1/users/{userId}`. Also the label of its metrics. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly status: 200 | 201 | 204;
  /** Error codes of this route, beyond those that every route of its kind has. */
  readonly refusals: readonly ErrorCode[];
  /** Takes an `Idempotency-Key`. A repeated request has no effect, and its answer shows what the first one made. */
  readonly idempotent: boolean;
  /** Takes long lists, in larger bodies than other routes. */
  readonly bulk: boolean;
  /** The same for everybody while this process lives: generated once, and cached by clients. */
  readonly isDocument: boolean;
}

/** Who asks, and for what. */
interface Asked<A extends Access, P extends z.ZodObject, B extends z.ZodType> {
  readonly caller: Callers[A];
  readonly params: z.output<P>;
  readonly body: z.output<B>;
}

/** What an API key must be allowed to. Each route that the app may use names one. */
type ScopeOf<A extends Access> = A extends 'app' | 'app or user'
  ? { readonly scope: Scope }
  : { readonly scope?: never };

interface RouteFields<
  A extends Access,
  P extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
  Q extends z.ZodObject = typeof noParams,
> extends Omit<Description, 'refusals' | 'idempotent' | 'bulk' | 'isDocument'> {
  readonly isDocument?: A extends 'anybody' ? boolean : false;
  readonly access: A;
  readonly refusals?: readonly ErrorCode[];
  /**
   * For a request that makes or changes something. With an `Idempotency-Key`, a repeated request has no second effect,
   * and its answer shows what the first one did. Other routes need no key: repeating them has no second effect anyway.
   */
  readonly once?: {
    /** Makes the id of what is to be created. Whoever takes the request over after a death gets the same one. */
    readonly newId: (request: Asked<A, P, B>) => string | Promise<string>;
    /** The id of what was made. Absent where that is the id of `newId`. */
    readonly idIn?: (answer: z.output<R>) => string;
    /** The answer to a repeated request: the current state of what was made. */
    readonly remake: (request: Asked<A, P, B>, id: string) => Promise<z.input<R>>;
  };
  /** Only for the app's backend, since large bodies can fill the server's memory. */
  readonly bulk?: A extends 'app' ? boolean : false;
  /** `noParams`, `noBody` and `noAnswer` if there are none. */
  readonly params: P;
  readonly body: B;
  readonly answer: R;
  /** The URL of what was made. */
  readonly location?: (answer: z.output<R>) => string;
  readonly handler: (
    request: Asked<A, P, B> & {
      readonly query: z.output<Q>;
      /** Present for a request with an `Idempotency-Key`. */
      readonly making?: Making;
    },
  ) => Promise<z.input<R>>;
}

type RouteSpec<
  A extends Access,
  P extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
  Q extends z.ZodObject = typeof noParams,
> = RouteFields<A, P, B, R, Q> & ScopeOf<A>;

/** 128 random bits, which nobody can guess, as in all our ids. */
export function newId(kind: 'call' | 'hook' | 'tic'): () => string {
  return () => `${kind}_${randomBytes(16).toString('base64url')}`;
}

/** The answer as it is sent. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly location?: string | undefined;
}

/** A request that matches its schema. */
export interface Prepared {
  /** The parsed request. */
  readonly request: unknown;
  readonly work: (making?: Making) => Promise<Reply>;
  /** Only for a route that takes an `Idempotency-Key`. */
  readonly repeatable?: {
    readonly newId: () => string | Promise<string>;
    /** The id of what was made. Undefined if that is the id of `newId`, or if the body is no answer of the route. */
    readonly idIn: (body: unknown) => string | undefined;
    readonly remake: (id: string) => Promise<Reply>;
  };
}

export interface Route extends Description {
  readonly access: Access;
  /** Absent for a route that no API key opens. */
  readonly scope?: Scope | undefined;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
  readonly answersLocation: boolean;
  /** Checks the request; the returned `work` executes it. Throws `InvalidRequest`. */
  prepare(caller: Caller | undefined, request: { params: unknown; query: unknown; body: unknown }): Prepared;
}

/** `invalid_request`, with the fields that do not match the schema. */
export class InvalidRequest extends CallError {
  readonly issues: readonly { readonly path: string; readonly message: string }[];

  constructor(issues: InvalidRequest['issues']) {
    super('invalid_request');
    this.issues = issues;
  }
}

/** A long request can have any number of faults. Nobody reads more than a few. */
const maxIssues = 10;

export function parseRequest<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidRequest(
    parsed.error.issues.slice(0, maxIssues).map(({ path, message }) => ({ path: path.join('.'), message })),
  );
}

export { noAnswer, noBody, noParams };

export function route<A extends Access, P extends z.ZodObject, B extends z.ZodType, R extends z.ZodType>(
  spec: RouteSpec<A, P, B, R>,
): Route {
  return declared(spec, noParams);
}

/** `query` is the schema of what follows the `?`. Other routes ignore it. */
export function routeWithQuery<
  A extends Access,
  P extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
  Q extends z.ZodObject,
>(spec: RouteSpec<A, P, B, R, Q> & { readonly query: Q }): Route {
  return declared(spec, spec.query);
}

function declared<
  A extends Access,
  P extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
  Q extends z.ZodObject,
>(spec: RouteSpec<A, P, B, R, Q>, query: Q): Route {
  const { method, path, summary, status, access, scope, params, body, answer, location } = spec;
  return {
    method,
    path,
    summary,
    status,
    access,
    scope: access === 'app' || access === 'app or user' ? scope : undefined,
    params,
    query,
    body,
    answer,
    refusals: spec.refusals ?? [],
    idempotent: spec.once !== undefined,
    bulk: spec.bulk ?? false,
    isDocument: spec.isDocument ?? false,
    answersLocation: location !== undefined,
    prepare(caller, request) {
      const parsed = {
        caller: admit[access](caller, scope),
        params: parseRequest(params, request.params),
        query: parseRequest(query, request.query),
        body: parseRequest(body, request.body),
      };
      const replyWith = (made: z.input<R>): Reply => {
        const view = answer.parse(made);
        return { status, body: view, ...(location === undefined ? {} : { location: location(view) }) };
      };
      const { once } = spec;
      return {
        request: [parsed.params, parsed.body],
        work: async (making) =>
          replyWith(await spec.handler({ ...parsed, ...(making === undefined ? {} : { making }) })),
        ...(once === undefined
          ? {}
          : {
              repeatable: {
                newId: () => once.newId(parsed),
                idIn: (body) => {
                  const view = answer.safeParse(body);
                  return view.success ? once.idIn?.(view.data) : undefined;
                },
                remake: async (id) => replyWith(await once.remake(parsed, id)),
              },
            }),
      };
    },
  };
}
