/** The users of a run are erased, whatever became of some of them. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AppBackend } from '../../../../src/load/people/appBackend.ts';

const answers = new Map([
  ['/v1/users/unknown', { status: 404, code: 'user_not_found' }],
  ['/v1/users/stuck', { status: 503, code: 'unavailable' }],
]);
const asked: string[] = [];
let server: Server;
let backend: AppBackend;

beforeEach(async () => {
  asked.length = 0;
  server = createServer(({ method, url = '' }, response) => {
    asked.push(`${method} ${url}`);
    const { status, code } = answers.get(url) ?? { status: 204, code: undefined };
    response.writeHead(status).end(code === undefined ? '' : JSON.stringify({ status, code }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  backend = new AppBackend({ url: `http://127.0.0.1:${address.port}`, apiKey: 'key' });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('a user who is not known is erased as well as any', async () => {
  await backend.erase(['one', 'unknown', 'two']);
  expect(asked.sort()).toEqual(['DELETE /v1/users/one', 'DELETE /v1/users/two', 'DELETE /v1/users/unknown']);
});

test('one that cannot be erased keeps no other, and is counted', async () => {
  const many = Array.from({ length: 30 }, (_, index) => `user-${index}`);
  await expect(backend.erase(['stuck', ...many])).rejects.toThrow(/^1 of 31 users could not be erased: .*unavailable/);
  expect(asked).toHaveLength(31);
});
