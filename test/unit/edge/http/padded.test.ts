/** What somebody sees of the server's answers who can tell no more of them than how long they are. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { padded } from '../../../../src/edge/padded.ts';
import { apiKey, serve, settled, worldOf } from '../server.ts';

test('the size of an answer is a multiple of 1024 bytes, and its meaning is unchanged', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify(value);
      expect(Buffer.byteLength(padded(json)) % 1024).toBe(0);
      expect(JSON.parse(padded(json))).toEqual(JSON.parse(json));
    }),
  );
});

test('a yes, a no, and answers about users with short and long names have the same length', async () => {
  const world = worldOf();
  const http = await serve(world.options);
  try {
    const { alice } = await settled(world);
    const long = `b${'o'.repeat(63)}`;
    const paths = ['bob', 'nobody', 'alice', long].map((id) => `/v1/users/${id}/callable`);
    const lengths = await Promise.all(
      paths.map(async (path) => {
        const { text, headers } = await http.ask('GET', path, { as: alice });
        expect(headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
        return text.length;
      }),
    );
    expect(new Set(lengths)).toEqual(new Set([1024]));
    const [refused, unknown] = await Promise.all([
      http.ask('POST', '/v1/calls', {
        as: alice,
        body: { callees: ['carol'], media: 'audio', deviceId: 'a-device-1' },
      }),
      http.ask('GET', '/v1/calls', { as: apiKey }),
    ]);
    expect([refused.text.length, unknown.text.length]).toEqual([1024, 1024]);
  } finally {
    await http.stop();
  }
});
