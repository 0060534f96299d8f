/** The SDK's way to send a viewer away, against the HTTP edge. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Addresses } from '../../../../src/client/connection/addresses.ts';
import { Credential } from '../../../../src/client/connection/credential.ts';
import { HttpApi } from '../../../../src/client/connection/httpApi.ts';
import { serve, settled, worldOf } from '../../edge/server.ts';
import type { Served, World } from '../../edge/server.ts';

const viewer = 'auth0|zoé %2F@example.org';
let world: World;
let http: Served;
let apiOf: (token: string) => HttpApi;
let removals: { callId: string; userId: string; by?: string | undefined }[];

beforeEach(async () => {
  removals = [];
  world = worldOf();
  const removeViewer = world.options.useCases.removeViewer.bind(world.options.useCases);
  const useCases = {
    ...world.options.useCases,
    removeViewer: async (request: Parameters<typeof removeViewer>[0]) => {
      await removeViewer(request);
      removals.push(request);
    },
  };
  http = await serve({ ...world.options, useCases });
  apiOf = (token) =>
    new HttpApi({ addresses: new Addresses(http.url), credential: new Credential(() => Promise.resolve(token)) });
});
afterEach(() => http.stop());

test('the host removes a viewer of any name, and others may not', async () => {
  const { alice, bob } = await settled(world);
  const { call } = await apiOf(alice).createCall({ callees: ['bob'], media: 'audio', deviceId: 'alice-phone' });
  await expect(apiOf(bob).removeViewer({ callId: call.id, userId: viewer })).rejects.toMatchObject({
    code: 'not_allowed',
  });
  expect(removals).toEqual([]);
  await apiOf(alice).removeViewer({ callId: call.id, userId: viewer });
  expect(removals).toEqual([{ callId: call.id, userId: viewer, by: 'alice' }]);
});
