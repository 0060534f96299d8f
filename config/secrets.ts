/** Whether a secret is good enough for production. Development takes any. */
import { leastKeyLength } from './apiKeys.ts';
import { environmentName } from './schema.ts';
import type { Config, SettingName } from './schema.ts';

type Secrets = { readonly [Name in keyof Config]?: Config[Name] | undefined };

/**
 * Minimum length of each secret in characters. The token secret signs with HS256, which needs a key as long as its hash
 * (RFC 7518 §3.2).
 */
const leastLength = {
  apiKey: leastKeyLength,
  tokenSecret: 32,
  acceptedTokenSecret: 32,
  turnSecret: 32,
} as const satisfies Partial<Record<SettingName, number>>;
const secretNames = ['apiKey', 'tokenSecret', 'acceptedTokenSecret', 'turnSecret'] as const;
/** A random secret of 24 characters has more different ones, in any usual alphabet. */
const leastDifferent = 8;
/** What examples and templates use in place of a secret. */
const placeholder = /change[-_ ]?me|replace[-_ ]?me|password|example|placeholder|your[-_ ]|insert[-_ ]|xxxx|todo/i;

/** Names the setting and its fault, never the value. */
export function secretFaults(config: Secrets): string[] {
  if (config.mode !== 'production') return [];
  const weak = secretsOf(config).flatMap(({ name, value, least }) => {
    const why = value === undefined ? undefined : weakness(value, least);
    return why === undefined ? [] : [`${name}: ${why}; "openssl rand -base64 33" makes a good one`];
  });
  return [...weak, ...equalFaults(config)];
}

/** Every secret that a person chooses, by the name that messages may show. */
function secretsOf(config: Secrets) {
  return [
    ...secretNames.map((name) => ({ name: environmentName(name), value: config[name], least: leastLength[name] })),
    ...(config.apiKeys ?? []).map(({ name, secret }) => ({
      name: `${environmentName('apiKeys')}: the secret of ${name}`,
      value: secret,
      least: leastKeyLength,
    })),
  ];
}

function weakness(secret: string, least: number): string | undefined {
  if (secret.length < least) return `must have at least ${least} characters`;
  if (new Set(secret).size < leastDifferent)
    return `is too easy to guess: fewer than ${leastDifferent} different characters`;
  if (isRepetition(secret)) return 'is too easy to guess: it repeats itself';
  if (isSequence(secret)) return 'is too easy to guess: its characters are a sequence';
  return placeholder.test(secret) ? 'is a well-known placeholder' : undefined;
}

/** `abcabcabc`: equals itself when shifted by less than its length. */
function isRepetition(secret: string): boolean {
  return (secret + secret).indexOf(secret, 1) < secret.length;
}

/** `abcdefgh…`, `87654321…`: most characters are equal to their neighbour, the next one or the one before. */
function isSequence(secret: string): boolean {
  const codes = Array.from(secret, (character) => character.charCodeAt(0));
  const steps = codes.slice(1).filter((code, index) => Math.abs(code - (codes[index] ?? 0)) <= 1);
  return steps.length > codes.length / 2;
}

/** Secrets must differ. A TURN server must know one of them, and would know the other too. */
function equalFaults(config: Secrets): string[] {
  const values = new Map<string, string>();
  const all: (readonly [string, string | undefined])[] = [
    ...secretsOf(config).map(({ name, value }) => [name, value] as const),
    [`the password in ${environmentName('redisUrl')}`, redisPassword(config.redisUrl)],
  ];
  return all.flatMap(([name, value]) => {
    if (value === undefined || value === '') return [];
    const other = values.get(value);
    values.set(value, name);
    return other === undefined ? [] : [`${environmentName('mode')}: ${other} and ${name} are the same secret`];
  });
}

/** All secrets of the configuration: they must appear nowhere. */
export function secretsIn(config: Config): string[] {
  const values = [
    ...secretsOf(config).map(({ value }) => value),
    redisPassword(config.redisUrl),
    config.redisSentinelPassword,
  ];
  return values.flatMap((value) => (value === undefined || value === '' ? [] : [value]));
}

/** Password in any form of the URL; undefined if it has none. */
export function redisPassword(url: string | undefined): string | undefined {
  const encoded = /^[a-z+]+:\/\/[^@/]*?:([^@/]*)@/.exec(url ?? '')?.[1];
  return encoded === undefined ? undefined : decoded(encoded);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
