/** Converts anything thrown to problem details (RFC 9457) with a stable code. */
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { CallError, errorCatalogue } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';
import { httpStatus } from '../../protocol/shared/errorStatus.ts';
import type { Problem } from '../../protocol/http/http.ts';
import { padded } from '../padded.ts';
import { InvalidRequest } from './route.ts';

export function problemOf(error: CallError): Problem {
  const { code } = error;
  return {
    type: `urn:veilcast:error:${code}`,
    title: errorCatalogue[code].message,
    status: httpStatus(code),
    code,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error instanceof InvalidRequest && error.issues.length > 0 ? { issues: [...error.issues] } : {}),
  };
}

export interface ErrorHandlerOptions {
  readonly log: Log;
  readonly metrics: CallMetrics;
}

/** Answers requests that match no route. */
export const unknownRoute: RequestHandler = () => {
  throw new CallError('not_found');
};

/** Express recognizes error handlers by their four parameters. */
export function createErrorHandler({ log, metrics }: ErrorHandlerOptions): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = asCallError(thrown);
    metrics.refused('http', error.code);
    // An unavailable dependency is logged once, where it is lost, and not with every request.
    if (error.kind === 'internal') {
      log.error('failed to serve a request', { method: request.method, code: error.code, error: error.cause ?? error });
    }
    // Too late for another answer. Express closes the connection, so that half an answer is not taken for a whole one.
    if (response.headersSent) next(thrown);
    else sendProblem(response, error);
  };
}

function sendProblem(response: Response, error: CallError): void {
  const problem = problemOf(error);
  if (error.kind === 'unauthenticated') response.set('WWW-Authenticate', 'Bearer');
  if (error.code === 'unsupported_content') {
    response.set({ Accept: 'application/json', 'Accept-Encoding': 'identity' });
  }
  if (error.retryAfterMs !== undefined) {
    response.set('Retry-After', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))));
  }
  response.status(problem.status).set('Cache-Control', 'no-store').type('application/problem+json');
  response.send(padded(JSON.stringify(problem)));
}

/** Unknown errors are the server's fault, and reveal no details. */
function asCallError(thrown: unknown): CallError {
  if (thrown instanceof CallError) return thrown;
  return new CallError(codeOfExpress(thrown) ?? 'internal', { cause: thrown });
}

/** Express and its body parser throw errors with a 4xx status for mistakes of the client. */
function codeOfExpress(thrown: unknown): ErrorCode | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number') return undefined;
  if (thrown.status < 400 || thrown.status >= 500) return undefined;
  if (thrown.status === 413) return 'message_too_large';
  if (thrown.status === 415) return 'unsupported_content';
  if (thrown.status === 404 || thrown.status === 403) return 'not_found';
  // Errors of the body parser have a `type`. Others concern the URL, such as a broken percent encoding.
  return 'type' in thrown ? 'malformed' : 'invalid_request';
}
