import type { z } from 'zod';
import { CallError } from '../../../domain/kernel/errors.ts';

/** What does not parse is a fault of ours: `internal`. */
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

/** Of a list: those that can be read. One that cannot harms itself alone, and is told. */
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

/** The text that each object was read from: what is stored may hold more than this version knows. */
const texts = new WeakMap<object, string>();

/** As `parsedJson`, for what is written back over the text that it came from. */
export function parsedToReplace<T extends object>(schema: z.ZodType<T>, text: string): T {
  const value = parsedJson(schema, text);
  texts.set(value, text);
  return value;
}

export function textOf(value: object): string {
  return texts.get(value) ?? JSON.stringify(value);
}

/** Ids are values of their own: a broken one is left out. */
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

/** Told of a stored value that is left out, since it cannot be read. */
export type OnLeftOut = (what: string, error: unknown) => void;

/** A message or an entry that could not be read, or a listener that threw; it is skipped. */
export type OnBroken = (where: 'feed' | 'outbox', error: unknown) => void;

/** Told each time that a stored value of webhooks cannot be read. It harms itself alone: the others go on. */
export type OnUnreadable = (what: 'endpoint' | 'message' | 'dead letter', error: unknown) => void;
