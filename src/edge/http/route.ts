/**
 * A route as one declaration: the server is registered from it and the OpenAPI document is made from it, so that the
 * two cannot differ. What a handler answers leaves through the schema as well: a field that it does not name stays.
 */
import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { Making } from '../idempotent.ts';
import { noAnswer, noBody, noParams } from '../../protocol/shared/nothing.ts';
import { admit } from './auth.ts';
import type { Access, Caller, Callers } from './auth.ts';

export type Method = 'get' | 'put' | 'patch' | 'post' | 'delete';

interface Description {
  readonly method: Method;
  /** As OpenAPI writes it: `/v1/users/{userId}`. Also the label of its metrics. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly status: 200 | 201 | 204;
  /** What it may refuse with, beyond what every route of its kind may. */
  readonly refusals: readonly ErrorCode[];
  /** Takes an `Idempotency-Key`: a repeated request makes nothing, and answers what the first one made. */
  readonly idempotent: boolean;
  /** Takes long lists, in bodies larger than others may send. */
  readonly bulk: boolean;
  /** The same for everybody for as long as this process lives: made once, and kept by those who ask. */
  readonly isDocument: boolean;
}

interface RouteSpec<
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
   * For a request that makes or changes something: with an `Idempotency-Key` it is repeated without a second effect, and
   * answers what the first one did. What is left without is done once by itself.
   */
  readonly once?: {
    /** Of what is to be made. */
    readonly newId: () => string;
    readonly idIn: (answer: z.output<R>) => string;
    /** What a repeated request gets: how what was made stands now. */
    readonly remake: (
      request: { readonly caller: Callers[A]; readonly params: z.output<P>; readonly body: z.output<B> },
      id: string,
    ) => Promise<z.input<R>>;
  };
  /** Of the app's backend alone: whoever may send much may fill our memory. */
  readonly bulk?: A extends 'app' ? boolean : false;
  /** `noParams`, `noBody` and `noAnswer` where there are none. */
  readonly params: P;
  readonly body: B;
  readonly answer: R;
  /** Where the thing that was made can be read. */
  readonly location?: (answer: z.output<R>) => string;
  readonly handler: (request: {
    readonly caller: Callers[A];
    readonly params: z.output<P>;
    readonly query: z.output<Q>;
    readonly body: z.output<B>;
    /** With an `Idempotency-Key`. */
    readonly making?: Making;
  }) => Promise<z.input<R>>;
}

/** 128 bits that nobody guesses, as all our ids. */
export function newId(kind: 'call' | 'hook' | 'tic'): () => string {
  return () => `${kind}_${randomBytes(16).toString('base64url')}`;
}

/** What leaves: kept as text for a repeated request. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly location?: string | undefined;
}

/** A request that fits its schema. */
export interface Prepared {
  /** What it asks for, as it was understood. */
  readonly request: unknown;
  readonly work: (making?: Making) => Promise<Reply>;
  /** Of a route that takes an `Idempotency-Key`. */
  readonly repeatable?: {
    readonly newId: () => string;
    /** Of what was made; undefined when the body is no answer of the route. */
    readonly idIn: (body: unknown) => string | undefined;
    readonly remake: (id: string) => Promise<Reply>;
  };
}

export interface Route extends Description {
  readonly access: Access;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
  readonly answersLocation: boolean;
  /** Checks the request; `work` does it. Throws `InvalidRequest`. */
  prepare(caller: Caller | undefined, request: { params: unknown; query: unknown; body: unknown }): Prepared;
}

/** `invalid_request` with the places where the request departs from its schema. */
export class InvalidRequest extends CallError {
  readonly issues: readonly { readonly path: string; readonly message: string }[];

  constructor(issues: InvalidRequest['issues']) {
    super('invalid_request');
    this.issues = issues;
  }
}

/** A request can be wrong in as many places as it is long; nobody reads more than a few. */
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

/** `query`: what may follow the `?`. Other routes do not look at it. */
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
  const { method, path, summary, status, access, params, body, answer, location } = spec;
  return {
    method,
    path,
    summary,
    status,
    access,
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
        caller: admit[access](caller),
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
                newId: once.newId,
                idIn: (body) => {
                  const view = answer.safeParse(body);
                  return view.success ? once.idIn(view.data) : undefined;
                },
                remake: async (id) => replyWith(await once.remake(parsed, id)),
              },
            }),
      };
    },
  };
}
