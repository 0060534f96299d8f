/** All long lists are paged in the same way: `limit` and `after` in the query, `next` in the answer. */
import * as z from 'zod';

/** A cursor holds one place in a list as base64url of JSON. The longest place is a user id. */
const longestCursor = 1_024;
const cursor = z.string().regex(new RegExp(`^[A-Za-z0-9_-]{1,${longestCursor}}$`));

/** `Number` alone would also read `0x10`, `1e2` and spaces. */
const fromDigits = (text: unknown): unknown => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text);

export function pageQuery({ usual, most }: { readonly usual: number; readonly most: number }) {
  return z.object({
    limit: z
      .preprocess(fromDigits, z.number().int().min(1).max(most))
      .default(usual)
      .meta({ description: 'Maximum number of items.' }),
    after: cursor.optional().meta({ description: 'The `next` of the previous page.' }),
  });
}
/** Of most lists. */
export const usualPage = pageQuery({ usual: 100, most: 500 });
export type PageQuery = z.output<typeof usualPage>;

export const next = z
  .string()
  .exactOptional()
  .meta({ description: 'The `after` of the next page; absent on the last page. Also in the header `Link`.' });

/** The cursor is opaque to clients. */
export function cursorAt(place: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(place));
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Undefined if the cursor is not one of ours. */
export function placeAt<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    const bytes = Uint8Array.from(
      atob(text.replaceAll('-', '+').replaceAll('_', '/')),
      (one) => one.codePointAt(0) ?? 0,
    );
    const parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
