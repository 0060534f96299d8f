/** Finds mistakes in what an app gives to the client, and says which option is wrong and what it must be. */
import { deviceId as deviceIdSchema } from '../protocol/shared/ids.ts';
import { VeilcastError } from './support/errors.ts';
import type { ClientErrorCode } from './support/errors.ts';

/** Types do not hold for apps in JavaScript, nor for what comes from their configuration. */
type Given = Readonly<Record<string, unknown>>;

export function checkConnectOptions(options: unknown): void {
  const { url, token, deviceId } = optionsIn(options, 'connect');
  checkUrls(url);
  if (typeof token !== 'function') {
    throw mistake('token_invalid', 'token', `must be a function, and is ${described(token)}`);
  }
  const { error } = deviceIdSchema.optional().safeParse(deviceId);
  if (error === undefined) return;
  throw new VeilcastError('invalid_request', {
    issues: error.issues.map(({ message }) => ({ path: 'deviceId', message })),
  });
}

export function checkCall(callees: unknown, options: unknown): void {
  checkUserIds(callees, 'callees');
  const { media } = optionsIn(options, 'call');
  if (media !== 'audio' && media !== 'video') {
    throw mistake('options_invalid', 'media', `must be 'audio' or 'video', and is ${described(media)}`);
  }
}

/** A string has letters where a list has users: `'bob'` would be three of them. */
export function checkUserIds(given: unknown, name: string): void {
  if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return;
  const what = Array.isArray(given) ? 'a list with other things' : described(given);
  throw mistake('user_ids_invalid', name, `must be a list of user ids, such as ['bob'], and is ${what}`);
}

/** What the app's function `token` returned. */
export function checkToken(token: unknown): void {
  if (typeof token === 'string' && token !== '') return;
  throw mistake('token_invalid', 'token', `must return a promise of a string, and returned ${described(token)}`);
}

function optionsIn(given: unknown, method: string): Given {
  if (isGiven(given)) return given;
  throw mistake(
    'options_invalid',
    'options',
    `\`${method}\` needs an object with options, and got ${given === undefined ? 'nothing' : described(given)}`,
  );
}

/** Not copied: a copy would not have what an instance of a class inherits, such as getters. */
function isGiven(value: unknown): value is Given {
  return typeof value === 'object' && value !== null;
}

function checkUrls(url: unknown): void {
  const urls: unknown[] = Array.isArray(url) ? url : [url];
  if (urls.length === 0) throw mistake('url_invalid', 'url', 'must have at least one address');
  for (const one of urls) {
    const why = whyNoAddress(one);
    if (why !== undefined) throw mistake('url_invalid', 'url', why);
  }
}

function whyNoAddress(url: unknown): string | undefined {
  if (typeof url !== 'string') return `must be a string, and is ${described(url)}`;
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(url)) return `\`${url}\` has no scheme; it begins with \`https://\``;
  if (!URL.canParse(url)) return `\`${url}\` is no URL`;
  const { protocol, search, hash, pathname } = new URL(url);
  if (!['https:', 'http:'].includes(protocol))
    return `\`${url}\` has the scheme \`${protocol}\`; it begins with \`https://\``;
  if (search !== '' || hash !== '') return `\`${url}\` must have no query and no fragment`;
  if (/\/v1\/*$/.test(pathname)) return `\`${url}\` must end before \`/v1\`, which the client adds`;
  return undefined;
}

const kinds = new Map([
  ['object', 'an object'],
  ['function', 'a function'],
  ['string', 'a string'],
  ['undefined', 'missing'],
]);

function described(value: unknown): string {
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'a list';
  return kinds.get(typeof value) ?? `a ${typeof value}`;
}

function mistake(code: ClientErrorCode, path: string, message: string): VeilcastError {
  return new VeilcastError(code, { issues: [{ path, message }] });
}
