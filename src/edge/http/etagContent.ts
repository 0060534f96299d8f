/**
 * Content that is the same for everybody while this process lives. Clients revalidate their copy by ETag rather than
 * fetch it again.
 */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

export interface EtagContent {
  readonly text: string;
  readonly etag: string;
}

const caching = 'public, max-age=300';

export function etagContent(text: string): EtagContent {
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
}

export function sendEtagContent(request: Request, response: Response, { text, etag }: EtagContent): void {
  response.set({ 'Cache-Control': caching, ETag: etag });
  // `fresh`: the client has this very version, so 304 is enough.
  if (request.fresh) response.status(304).end();
  else response.send(text);
}
