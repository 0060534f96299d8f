/** Each mistake of an app has its own code, and names the option and what it must be. */
import { checkCall, checkConnectOptions, checkToken, checkUserIds } from '../../../src/client/checkOptions.ts';
import { clientEvents } from '../../../src/client/clientOptions.ts';
import { isVeilcastError } from '../../../src/client/support/errors.ts';
import type { VeilcastError } from '../../../src/client/support/errors.ts';
import { Emitter } from '../../../src/client/support/emitter.ts';

const good = { url: 'https://calls.example.org', token: () => Promise.resolve('token') };
const listen = (name: string) => {
  // Any name, as in JavaScript.
  new Emitter<Record<string, undefined>>(clientEvents).on(name, () => undefined);
};

function refusalOf(make: () => void): VeilcastError | undefined {
  try {
    make();
  } catch (error) {
    if (isVeilcastError(error)) return error;
    throw error;
  }
  return undefined;
}

test('nothing is refused that is right', () => {
  checkConnectOptions(good);
  checkConnectOptions({
    ...good,
    url: ['http://localhost:4400/', 'https://b.example.org/calls'],
    deviceId: 'tab-12345',
  });
  // A gateway may have a version of its own before ours.
  checkConnectOptions({ ...good, url: 'https://gw.example.org/v1/veilcast' });
  checkCall(['bob'], { media: 'audio' });
  checkToken('a token');
  listen('incoming');
});

test('options may be those of a class, with getters', () => {
  class Options {
    get url(): string {
      return good.url;
    }
    get token(): () => Promise<string> {
      return good.token;
    }
  }
  expect(
    refusalOf(() => {
      checkConnectOptions(new Options());
    }),
  ).toBeUndefined();
});

const connectWith = (options: object) => () => {
  checkConnectOptions({ ...good, ...options });
};
test.each<[what: string, code: string, words: string, make: () => void]>([
  [
    'no options',
    'options_invalid',
    'options: `connect` needs an object with options, and got nothing',
    () => {
      checkConnectOptions(undefined);
    },
  ],
  ['no url', 'url_invalid', 'url: must be a string, and is missing', connectWith({ url: undefined })],
  ['an empty list of urls', 'url_invalid', 'url: must have at least one address', connectWith({ url: [] })],
  [
    'no scheme',
    'url_invalid',
    'url: `calls.example.org` has no scheme; it begins with `https://`',
    connectWith({ url: 'calls.example.org' }),
  ],
  [
    'no scheme, but a port',
    'url_invalid',
    'url: `localhost:4400` has no scheme',
    connectWith({ url: 'localhost:4400' }),
  ],
  ['the scheme of sockets', 'url_invalid', 'has the scheme `wss:`', connectWith({ url: 'wss://calls.example.org' })],
  ['a bad port', 'url_invalid', 'is no URL', connectWith({ url: 'https://calls.example.org:99999' })],
  ['the path of the API', 'url_invalid', 'must end before `/v1`', connectWith({ url: 'https://calls.example.org/v1' })],
  ['the path of the API below another', 'url_invalid', 'before `/v1`', connectWith({ url: 'https://a.org/b/v1//' })],
  ['a query', 'url_invalid', 'must have no query', connectWith({ url: 'https://calls.example.org/?a=b' })],
  ['one bad url of two', 'url_invalid', '`b` has no scheme', connectWith({ url: [good.url, 'b'] })],
  [
    'a token in place of a function',
    'token_invalid',
    'token: must be a function, and is a string',
    connectWith({ token: 'eyJ' }),
  ],
  [
    'a function that returns no token',
    'token_invalid',
    'must return a promise of a string, and returned an object',
    () => {
      checkToken({ token: 'eyJ' });
    },
  ],
  ['a short device id', 'invalid_request', 'deviceId: ', connectWith({ deviceId: 'a' })],
  [
    'a string in place of a list',
    'user_ids_invalid',
    "callees: must be a list of user ids, such as ['bob'], and is a string",
    () => {
      checkCall('bob', { media: 'audio' });
    },
  ],
  [
    'users in place of their ids',
    'user_ids_invalid',
    'userIds: must be a list of user ids',
    () => {
      checkUserIds([{ id: 'bob' }], 'userIds');
    },
  ],
  [
    'no options of a call',
    'options_invalid',
    '`call` needs an object with options',
    () => {
      checkCall(['bob'], undefined);
    },
  ],
  [
    'no media',
    'options_invalid',
    "media: must be 'audio' or 'video', and is missing",
    () => {
      checkCall(['bob'], {});
    },
  ],
  [
    'a misspelt event',
    'unknown_event',
    '`incomming` is none of incoming, calls, connection, closed',
    () => {
      listen('incomming');
    },
  ],
])('%s is refused with %s', (_what, code, words, make) => {
  const refusal = refusalOf(make);
  expect(refusal?.code).toBe(code);
  expect(refusal?.message).toContain(words);
});
