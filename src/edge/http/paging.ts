/** Cursors in queries, and the way to the next page in answers. */
import * as z from 'zod';
import { placeAt } from '../../protocol/http/paging.ts';
import { InvalidRequest } from './route.ts';

/** Undefined on the first page. Throws `invalid_request` for what is no `next` of this list. */
export function placeAfter<T>(schema: z.ZodType<T>, after: string | undefined): T | undefined {
  if (after === undefined) return undefined;
  const place = placeAt(schema, after);
  if (place === undefined) throw new InvalidRequest([{ path: 'after', message: 'must be `next` of a page' }]);
  return place;
}

const paged = z.object({ next: z.string() });

/** RFC 8288: the same request for the page behind this one. Undefined when there is none. */
export function linkToNext(url: string, answer: unknown): string | undefined {
  const parsed = paged.safeParse(answer);
  if (!parsed.success) return undefined;
  const [path = '', query = ''] = url.split('?', 2);
  const asked = new URLSearchParams(query);
  asked.set('after', parsed.data.next);
  return `<${path}?${asked.toString()}>; rel="next"`;
}
