/** What others read from a call: who rings whom, whose media flows, whose sessions may stay. */
import { expect, test } from '@jest/globals';
import { admissionOf, mayHoldSession, partingAdmissionOf } from '../../../../src/domain/media/admission.ts';
import { mayRejoin, participantOf, ringerOf, ringingPair } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { withTimeAnew } from '../../../../src/domain/call/deadlines.ts';
import { callAfter, callIn, createCommand, look } from '../../../support/calls.ts';

const answer = (userId: string): CallCommand => ({ name: 'answer', userId, deviceId: `${userId}-phone` });
const decline: CallCommand = { name: 'decline', userId: 'bob' };

test('a ringing call of two names its caller and callee', () => {
  expect(ringingPair(callIn.ringing)).toEqual({ caller: 'alice', callee: 'bob' });
  expect(ringingPair(callIn.active)).toBeUndefined();
  expect(ringingPair(callIn.ended)).toBeUndefined();
  expect(ringingPair(callAfter(createCommand(['bob', 'carol'])))).toBeUndefined();
});

test('a ringing user was rung by the caller, or by whoever invited them', () => {
  const call = callAfter(createCommand(), answer('bob'), { name: 'invite', userId: 'bob', invitees: ['carol'] });
  expect(ringerOf(callIn.ringing, 'bob')).toBe('alice');
  expect(ringerOf(call, 'carol')).toBe('bob');
  expect(ringerOf(call, 'bob')).toBeUndefined();
  expect(ringerOf(call, 'mallory')).toBeUndefined();
});

test('a user who left may hold no session, and is admitted again only if invited', () => {
  const call = callAfter(createCommand(['bob', 'carol']), decline);
  expect([...admissionOf(call).welcome]).toEqual(['alice', 'carol']);
  expect(mayHoldSession(call, { userId: 'bob', deviceId: 'bob-phone' })).toBe(false);
  expect([...admissionOf(callIn.ended).welcome]).toEqual([]);
});

test('a node that hands over keeps sessions of every owner term', () => {
  expect(admissionOf(callIn.active).leastOwnerTerm).toBe(1);
  expect(partingAdmissionOf(callIn.active)).toEqual({ ...admissionOf(callIn.active), leastOwnerTerm: 0 });
});

test('a user who declined may join once the call is active, and not while it rings', () => {
  const ringing = callAfter(createCommand(['bob', 'carol']), decline);
  const active = callAfter(createCommand(['bob', 'carol']), decline, answer('carol'));
  const bob = participantOf(active, 'bob');
  const carol = participantOf(active, 'carol');
  if (bob === undefined || carol === undefined) throw new Error('both were asked');
  expect([mayRejoin(ringing, bob), mayRejoin(active, bob), mayRejoin(active, carol)]).toEqual([false, true, false]);
});

test('a check of a missing or ended call changes nothing and says which it is', () => {
  expect(decide(undefined, look, 9)).toEqual({ outcome: 'ignored', why: 'not_created' });
  expect(decide(callIn.ended, look, 9)).toEqual({ outcome: 'ignored', why: 'ended' });
});

test('restoring a call gives missing participants their full time again, and leaves an ended call unchanged', () => {
  const put = withTimeAnew(callIn.active, 50_000);
  expect(put.participants).toMatchObject([{ expectedSince: 50_000 }, { expectedSince: 50_000 }]);
  expect(put).not.toHaveProperty('aloneAt');
  expect(withTimeAnew(callIn.ringing, 50_000).participants[1]).toEqual(callIn.ringing.participants[1]);
  expect(withTimeAnew(callIn.ended, 50_000)).toBe(callIn.ended);
});

test('a change of owner names the previous one, and no other change does', () => {
  const { nodeId: from } = createCommand();
  expect(decide(callIn.active, { name: 'rehome', from, to: 'node_b', handover: true }, 9)).toHaveProperty(
    'movedFrom',
    from,
  );
  expect(decide(callIn.active, { name: 'leave', userId: 'bob' }, 9)).not.toHaveProperty('movedFrom');
});
