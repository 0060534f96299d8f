import type { z } from 'zod';
import { CallError } from '../../../domain/kernel/errors.ts';

/** A value that does not parse is a fault of ours: `internal`. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new CallError('internal', { cause: result.error });
  return result.data;
}

export function parsedJson<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CallError('internal', { cause: error });
  }
  return parsed(schema, value);
}

/** The readable items of a list. Others are reported and skipped. */
export function readable<T>(
  schema: z.ZodType<T>,
  texts: readonly string[],
  onUnreadable: (error: unknown) => void,
): readonly T[] {
  return texts.flatMap((text) => {
    try {
      return [parsedJson(schema, text)];
    } catch (error) {
      onUnreadable(error);
      return [];
    }
  });
}

/** The original text of each object: it may hold more than this version knows. */
const texts = new WeakMap<object, string>();

/** As `parsedJson`, for a value that later replaces the text it came from. */
export function parsedToReplace<T extends object>(schema: z.ZodType<T>, text: string): T {
  const value = parsedJson(schema, text);
  texts.set(value, text);
  return value;
}

export function textOf(value: object): string {
  return texts.get(value) ?? JSON.stringify(value);
}

/** Leaves out broken ids; the others stay valid. */
export function readableIds<T>(
  schema: z.ZodType<T>,
  ids: readonly unknown[],
  onUnreadable: (error: unknown) => void = () => undefined,
): readonly T[] {
  return ids.flatMap((id) => {
    const result = schema.safeParse(id);
    if (result.success) return [result.data];
    onUnreadable(result.error);
    return [];
  });
}

/** Called for an unreadable stored value, which is left out. */
export type OnLeftOut = (what: string, error: unknown) => void;

/** Called for an unreadable message or entry, or for a listener that threw; it is skipped. */
export type OnBroken = (where: 'feed' | 'outbox', error: unknown) => void;

/** Called each time a stored value of webhooks cannot be read. The others are not affected. */
export type OnUnreadable = (what: 'endpoint' | 'message' | 'dead letter', error: unknown) => void;
