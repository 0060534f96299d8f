import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { TurnCredentials } from '../../../../src/adapters/turn/turnCredentials.ts';
import { turnServer } from '../../../../src/protocol/shared/media.ts';

const clock = { now: () => 1_700_000_000_500 };
const secret = 'a secret that the relay knows too';
const urls = ['turns:relay.example:443?transport=tcp'];

test('credentials contain their expiry and a signature, and no name', () => {
  const turnServers = new TurnCredentials({ urls, secret, ttlMs: 600_000, clock });
  const [first, second] = [turnServers.offer(), turnServers.offer()].flat();
  if (first === undefined) throw new Error('no relay');
  expect(first.urls).toEqual(urls);
  expect(first.username).toMatch(/^1700000601:[A-Za-z0-9_-]{16}$/);
  expect(first.credential).toBe(createHmac('sha1', secret).update(first.username).digest('base64'));
  expect(second?.username).not.toBe(first.username);
  expect(turnServer.parse(first)).toEqual(first);
});

test('without a TURN server none is offered', () => {
  expect(new TurnCredentials({ urls: [], secret, ttlMs: 600_000, clock }).offer()).toEqual([]);
});
