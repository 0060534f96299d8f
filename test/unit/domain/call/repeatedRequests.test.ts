/** A request that may be repeated with its key changes a call once, whoever decides it. */
import { expect, test } from '@jest/globals';
import { storedCall } from '../../../../src/adapters/redis/schema/persistedSchemas.ts';
import { rememberedRequests } from '../../../../src/domain/call/call.ts';
import type { Call } from '../../../../src/domain/call/call.ts';
import type { KeyedRequestId } from '../../../../src/domain/kernel/ids.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { handedCommand } from '../../../../src/protocol/internal/callCommands.ts';
import { callIn, changed } from '../../../support/calls.ts';

const requestId = (index: number): KeyedRequestId => `req_${String(index).padStart(22, '0')}`;
const [one, two, three, four] = [requestId(1), requestId(2), requestId(3), requestId(4)];
const mute = (requestId?: KeyedRequestId): CallCommand => ({
  name: 'mute',
  userId: 'alice',
  targetId: 'bob',
  requestId,
});
const muted = (call: Call, requestId?: KeyedRequestId, now = 10_000): Call =>
  changed(decide(call, mute(requestId), now)).call;

test('a repeated request that already changed the call is ignored, even after other changes and after the end', () => {
  const call = muted(muted(callIn.active, one), two);
  expect(decide(call, mute(one), 10_000)).toEqual({ outcome: 'ignored', why: 'repeated' });
  const ended = changed(decide(call, { name: 'end', requestId: three }, 10_000)).call;
  expect(ended.requests).toEqual([one, two, three]);
  expect(decide(ended, { name: 'end', requestId: three }, 10_000)).toEqual({ outcome: 'ignored', why: 'repeated' });
  expect(decide(ended, { name: 'end', requestId: four }, 10_000)).toEqual({ outcome: 'refused', code: 'call_ended' });
});

test('a stranger learns nothing from the request of somebody else', () => {
  const call = muted(callIn.active, one);
  const answer = decide(call, { name: 'leave', userId: 'mallory', requestId: one }, 10_000);
  expect(answer).toEqual({ outcome: 'refused', code: 'call_not_found' });
});

test('a call remembers only its last requests, and none without a key', () => {
  expect(muted(callIn.active)).not.toHaveProperty('requests');
  const names = Array.from({ length: rememberedRequests + 1 }, (_, index) => requestId(index));
  const call = names.reduce((before, name, index) => muted(before, name, 10_000 + index * 60_000), callIn.active);
  expect(call.requests).toEqual(names.slice(1));
  expect(muted(call, undefined, 9_000_000).requests).toEqual(call.requests);
});

test('a request keeps its key on the way to the owner, and the call keeps it in the store', () => {
  expect(handedCommand.parse(mute(one))).toEqual(mute(one));
  const call = muted(callIn.active, one);
  expect(storedCall.parse(JSON.parse(JSON.stringify(call)))).toEqual(call);
});
