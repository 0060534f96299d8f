/** Cursors in queries, and links to the next page in answers. */
import * as z from 'zod';
import { placeAt } from '../../protocol/http/paging.ts';
import { InvalidRequest } from './route.ts';

/** Undefined on the first page. Throws `invalid_request` if the cursor is no `next` of this list. */
export function placeAfter<T>(schema: z.ZodType<T>, after: string | undefined): T | undefined {
  if (after === undefined) return undefined;
  const place = placeAt(schema, after);
  if (place === undefined) throw new InvalidRequest([{ path: 'after', message: 'must be the `next` of a page' }]);
  return place;
}

const paged = z.object({ next: z.string() });

/** The `Link` header of RFC 8288: the same request for the next page. Undefined if there is none. */
export function linkToNext(url: string, answer: unknown): string | undefined {
  const parsed = paged.safeParse(answer);
  if (!parsed.success) return undefined;
  const [path = '', query = ''] = url.split('?', 2);
  const asked = new URLSearchParams(query);
  asked.set('after', parsed.data.next);
  return `<${path}?${asked.toString()}>; rel="next"`;
}
