/** The API keys: each has a name for logs, and scopes that say what it may do. */
import * as z from 'zod';

/**
 * `read`: reads everything of the API · `calls`: ends calls, issues and revokes tickets · `people`: users, their
 * relations and tokens · `admin`: changes webhook endpoints, and the admin port · `metrics`: only the metrics of the
 * admin port.
 */
export const apiKeyScopes = ['read', 'calls', 'people', 'admin', 'metrics'] as const;

/** The name of the key in `apiKey`, which has every scope. */
export const nameOfSingleKey = 'default';

/** Minimum length of the secret of a key, in characters. */
export const leastKeyLength = 24;

/** Printable ASCII without spaces: other characters cannot be sent in a header. */
export const keyCharacters = /^[\x21-\x7e]+$/;

/** Every request with a credential is compared with all keys. */
const maxKeys = 64;

/** Messages must not repeat a value: it may be a secret in the wrong place. */
const inWords = {
  list: 'must be a JSON list such as [{"name":"backend","scopes":["read","calls"],"secret":"…"}]',
  key: 'each key has a name, scopes and a secret, may have expiresAt, and nothing else',
  name: 'a name has 1 to 32 letters, digits, dots, hyphens and underscores',
  scopes: `scopes is a list of some of ${apiKeyScopes.join(', ')}`,
  secret: 'a secret has only printable ASCII characters and no spaces',
  expiresAt: 'expiresAt is a time such as 2027-01-31T00:00:00Z',
  twice: 'two keys have the same name',
  tooMany: `there may be at most ${maxKeys} keys`,
} as const;

const apiKey = z.strictObject(
  {
    name: z.string({ error: inWords.name }).regex(/^[A-Za-z0-9._-]{1,32}$/, inWords.name),
    scopes: z.array(z.enum(apiKeyScopes, { error: inWords.scopes }), { error: inWords.scopes }).min(1, inWords.scopes),
    secret: z.string({ error: inWords.secret }).regex(keyCharacters, inWords.secret),
    expiresAt: z.iso
      .datetime({ offset: true, error: inWords.expiresAt })
      .transform((text) => Date.parse(text))
      .optional(),
  },
  { error: inWords.key },
);

/** A list in the file, its JSON in the environment. */
export const apiKeyList = z.preprocess(
  (value) => (typeof value === 'string' ? parsedJson(value) : value),
  z
    .array(apiKey, { error: inWords.list })
    .min(1, inWords.list)
    .max(maxKeys, inWords.tooMany)
    .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, inWords.twice),
);

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so it is no list: the schema says so.
    return undefined;
  }
}

export type ConfiguredKey = z.output<typeof apiKey>;

/** All keys: those of the list, and the single one. */
export function keysIn(config: {
  readonly apiKey?: string | undefined;
  readonly apiKeys?: readonly ConfiguredKey[] | undefined;
}): readonly ConfiguredKey[] {
  const single =
    config.apiKey === undefined ? [] : [{ name: nameOfSingleKey, scopes: [...apiKeyScopes], secret: config.apiKey }];
  return [...single, ...(config.apiKeys ?? [])];
}
