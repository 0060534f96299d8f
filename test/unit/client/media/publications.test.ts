/** What is published in one turn, with mediasoup-client on a handler of its own for tests. */
import { expect, test } from '@jest/globals';
import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import { Device } from 'mediasoup-client';
import * as fake from 'mediasoup-client/fakeParameters';
import { FakeHandler } from 'mediasoup-client/handlers/FakeHandler';
import { Publications } from '../../../../src/client/media/publications.ts';
import type { PublicationsOptions } from '../../../../src/client/media/publications.ts';
import { VeilcastError } from '../../../../src/client/support/errors.ts';

type Asked = readonly [method: string, sources: readonly string[]];

async function publicationsOf(request: PublicationsOptions['signalling']['request']) {
  const device = new Device({ handlerFactory: FakeHandler.createFactory(fake) });
  await device.load({ routerRtpCapabilities: fake.generateRouterRtpCapabilities() });
  const failed: string[] = [];
  const publications = new Publications({
    sessionId: 'ses_0123456789012345678901',
    transport: device.createSendTransport(fake.generateTransportRemoteParameters()),
    signalling: { request },
    failed: (source, { code }) => failed.push(`${source}: ${code}`),
  });
  return { publications, failed };
}

test('a track that the server refuses takes no other of its turn along', async () => {
  const asked: Asked[] = [];
  const { publications, failed } = await publicationsOf((method, params) => {
    const sources = 'tracks' in params ? params.tracks.map(({ source }) => source) : [];
    asked.push([method, sources]);
    return sources.includes('camera') ? Promise.reject(new VeilcastError('unsupported_media')) : Promise.resolve({});
  });
  await Promise.all([
    publications.publish('camera', new FakeMediaStreamTrack({ kind: 'video' }), false),
    publications.publish('microphone', new FakeMediaStreamTrack({ kind: 'audio' }), false),
  ]);
  await new Promise(setImmediate);
  expect(asked).toEqual([
    ['publish', ['camera', 'microphone']],
    ['publish', ['camera']],
    ['publish', ['microphone']],
  ]);
  expect(failed).toEqual(['camera: unsupported_media']);
  expect([publications.has('camera'), publications.has('microphone')]).toEqual([false, true]);
});
