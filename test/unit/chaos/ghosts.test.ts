/** Each kind of ghost is planted, and must be found; and what is no ghost must not be. */
import { expect, test } from '@jest/globals';
import { ghosts, isContention, refusedForContention, unanswered } from '../../chaos/judge/ghosts.ts';
import type { MemberSeen } from '../../chaos/judge/ghosts.ts';

const connected = { state: 'joined', presence: 'connected' };
const gone = { state: 'gone' };
const present: MemberSeen = { userId: 'alice', wish: 'in', hasSession: true, stored: connected, told: connected };
const away: MemberSeen = { userId: 'bob', wish: 'out', hasSession: false, stored: gone, told: gone };
const found = (member: MemberSeen) => ghosts('call_one', [member]).map(({ rule, what }) => `${rule}: ${what}`);

test.each<[string, MemberSeen]>([
  ['a connected participant with a session', present],
  ['a participant who has left', away],
  [
    'a ringing user with a session opened before the answer',
    { ...away, hasSession: true, stored: { state: 'invited' }, told: { state: 'invited' } },
  ],
  ['a participant whose last request has an unknown outcome', { ...away, wish: 'unknown' }],
])('is content with %s', (_, member) => {
  expect(found(member)).toEqual([]);
});

test.each<[string, MemberSeen, string]>([
  [
    'a participant without a session',
    { ...present, hasSession: false, told: gone, wish: 'unknown' },
    'ghost: alice in call_one: joined, says the store, and its device has no session',
  ],
  [
    'a session of a participant who is reported as lost',
    { ...present, told: { state: 'joined', presence: 'lost' } },
    'ghost: alice in call_one: lost, says the API, and its device has a session',
  ],
  [
    'a session of a participant who has gone',
    { ...away, hasSession: true, stored: { state: 'invited' } },
    'ghost: bob in call_one: gone, says the API, and its device has a session',
  ],
  [
    'a participant who left and is still in the call',
    { ...present, wish: 'out', told: gone, hasSession: true, stored: connected },
    'ghost: alice in call_one: joined, says the store, and it has left',
  ],
  [
    'a participant who was thrown out',
    { ...present, hasSession: false, stored: connected, told: gone },
    'thrown out: alice of call_one: gone, says the API',
  ],
])('finds %s', (_, member, violation) => {
  expect(found(member)).toContain(violation);
});

test('a refusal for contention is distinguished from one that the call causes', () => {
  const by = (why: string) => ({ userId: 'alice', what: 'answer', why, at: 5 });
  expect(isContention(by('Error: answer was refused: busy'))).toBe(true);
  expect(isContention(by('Error: /v1/calls: 409 {"error":{"code":"busy"}}'))).toBe(true);
  expect(isContention(by('Error: no answer within 10000 ms'))).toBe(false);
  expect(isContention(by('Error: /v1/calls: 409 {"error":{"code":"user_busy"}}'))).toBe(false);
  expect(isContention(by('Error: answer was refused: already_answered'))).toBe(false);
  const refusals = [by('Error: answer was refused: busy'), by('Error: answer was refused: busy'), by('other')];
  expect(refusedForContention(refusals)).toHaveLength(2);
});

test('an unanswered request is reported, except in a time when no request could be answered', () => {
  const refusals = [{ userId: 'alice', what: 'join', why: 'Error: no answer within 10000 ms', at: 5 }];
  expect(unanswered(refusals)).toEqual([{ rule: 'unanswered', what: 'join of alice' }]);
  expect(unanswered(refusals, [{ from: 1, to: 9 }])).toEqual([]);
  expect(unanswered(refusals, [{ from: 6, to: 9 }])).toHaveLength(1);
});
