/** Tokens of the people of a run, which may be longer than a token is valid. */
import { expect, test } from '@jest/globals';
import { Credential } from '../../../../src/client/connection/credential.ts';
import { VeilcastError } from '../../../../src/client/support/errors.ts';
import { userTokens } from '../../../../src/load/people/userTokens.ts';

test('a token is used until it is refused, and then a new one is', async () => {
  let made = 0;
  const credential = new Credential(userTokens(() => Promise.resolve(`token-${(made += 1)}`)));
  const seen: string[] = [];
  const request = (token: string) => {
    seen.push(token);
    if (token === 'token-1' && seen.length > 2) throw new VeilcastError('token_expired');
    return Promise.resolve();
  };
  await credential.use(request);
  await credential.use(request);
  await expect(credential.use(request)).rejects.toThrow();
  await credential.use(request);
  await credential.use(request);
  expect(seen).toEqual(['token-1', 'token-1', 'token-1', 'token-2', 'token-2']);
});

test('a token that the server did not give is asked for again', async () => {
  const answers = [Promise.reject(new Error('unavailable')), Promise.resolve('token')];
  const tokens = userTokens(() => answers.shift() ?? Promise.reject(new Error('asked too often')));
  await expect(tokens({ refused: false })).rejects.toThrow('unavailable');
  expect(await tokens({ refused: false })).toBe('token');
  expect(await tokens({ refused: false })).toBe('token');
});
