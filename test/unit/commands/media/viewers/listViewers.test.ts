/** Pages of the viewers of a call, on all nodes. */
import { expect, test } from '@jest/globals';
import { listViewers } from '../../../../../src/commands/media/viewers/listViewers.ts';
import { CallError } from '../../../../../src/domain/kernel/errors.ts';
import type { CallId } from '../../../../../src/domain/kernel/ids.ts';
import type { ViewersPage } from '../../../../../src/ports/media/viewers.ts';

const callId = 'call_0123456789012345678901';
const all = ['ann', 'ben', 'cat'].map((userId) => ({ userId, devices: 1 }));
const watching = {
  list: (asked: CallId, { after = '', limit }: ViewersPage) =>
    Promise.resolve(asked === callId ? all.filter(({ userId }) => userId > after).slice(0, limit) : []),
};
const [ann, ben, cat] = all;

test('a page that is not the last names the user after whom the next begins', async () => {
  expect(await listViewers({ watching }, { callId, limit: 2 })).toEqual({ viewers: [ann, ben], next: 'ben' });
  expect(await listViewers({ watching }, { callId, after: 'ben', limit: 2 })).toEqual({ viewers: [cat] });
});

test('a page that holds the last viewer is the last, even when it is full', async () => {
  expect(await listViewers({ watching }, { callId, limit: 3 })).toEqual({ viewers: [ann, ben, cat] });
});

test('viewers of other calls are not listed', async () => {
  expect(await listViewers({ watching }, { callId: 'call_9999999999999999999999', limit: 3 })).toEqual({ viewers: [] });
});

test('while a node does not answer its viewers are unknown, so there is no page', async () => {
  const unavailable = { list: () => Promise.reject(new CallError('unavailable')) };
  await expect(listViewers({ watching: unavailable }, { callId, limit: 2 })).rejects.toMatchObject({
    code: 'unavailable',
  });
});
