/** Says which pages of other origins may read answers (CORS), also those that are given before a request reaches the API. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';

export type CrossOrigin = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Browsers cache a preflight for this long, which saves a round trip before most requests. */
const preflightSeconds = 7200;
const exposedHeaders = ['Location', 'Retry-After', 'Link'];

/** Answers preflights of browsers. Any other OPTIONS asks for the methods of a path. */
export function crossOrigin(allowedOrigins: readonly string[]): CrossOrigin {
  const answer = cors({ origin: [...allowedOrigins], maxAge: preflightSeconds, exposedHeaders });
  return (request, response, next) => {
    const isPreflight = request.headers['access-control-request-method'] !== undefined;
    if (request.method === 'OPTIONS' && !isPreflight) next();
    else answer(request, response, next);
  };
}
