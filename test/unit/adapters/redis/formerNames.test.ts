/** What a store of version 0 calls by another name is read as what it is called now. */
import { expect, test } from '@jest/globals';
import { storedCall } from '../../../../src/adapters/redis/schema/persistedSchemas.ts';

const call = {
  id: 'call_AAAAAAAAAAAAAAAAAAAAAA',
  media: 'audio',
  nodeId: 'node_AAAAAAAAAAAAAAAAAAAAAA',
  visibility: 'private',
  version: 4,
  lastEvent: 4,
  createdAt: 1,
  limits: { ringTimeoutMs: 1, reconnectGraceMs: 1, emptyTimeoutMs: 1, longestCallMs: 1 },
  participants: [],
  phase: 'active',
  answeredAt: 2,
};

test.each([
  ['the epoch of a call’s owner becomes the owner term', { epoch: 3 }, 3],
  ['a current call keeps its owner term', { ownerTerm: 2 }, 2],
  ['a call from before owners could change gets the first owner term', {}, 1],
])('%s', (_what, field, ownerTerm) => {
  const read = storedCall.parse({ ...call, ...field });
  expect(read.ownerTerm).toBe(ownerTerm);
  expect(read).not.toHaveProperty('epoch');
});
