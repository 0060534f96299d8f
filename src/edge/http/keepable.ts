/** What is the same for everybody for as long as this process lives. Whoever has it asks whether it is still the same, and gets no second copy. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

export interface Keepable {
  readonly text: string;
  readonly etag: string;
}

const caching = 'public, max-age=300';

export function keepable(text: string): Keepable {
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
}

export function sendKeepable(request: Request, response: Response, { text, etag }: Keepable): void {
  response.set({ 'Cache-Control': caching, ETag: etag });
  // Express answers 304 where the request names this very one.
  if (request.fresh) response.status(304).end();
  else response.send(text);
}
