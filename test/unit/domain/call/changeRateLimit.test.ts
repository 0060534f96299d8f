/** What one participant may do again and again is bounded in time, and the events of a call in number. */
import { expect, test } from '@jest/globals';
import type { Call } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { changesWindowMs, maxChanges } from '../../../../src/domain/call/decisions/changeRateLimit.ts';
import { areNewest, keptEvents, maxEvents } from '../../../../src/domain/call/events.ts';
import type { CallEvent } from '../../../../src/domain/call/events.ts';
import { callAfter, callIn, changed, createCommand } from '../../../support/calls.ts';

function toggle(call: Call, now: number): { readonly call: Call; readonly code: string | undefined } {
  const self = call.participants[0];
  const onHold = !(self?.state === 'joined' && self.onHold === true);
  const decision = decide(call, { name: 'hold', userId: 'alice', onHold }, now);
  if (decision.outcome === 'changed') return { call: decision.call, code: undefined };
  return { call, code: decision.outcome === 'refused' ? decision.code : 'ignored' };
}

test('1,500 toggles at 38 a second change the call a limited number of times, and a later toggle works again', () => {
  let call: Call = callIn.active;
  const codes: (string | undefined)[] = [];
  for (let index = 0; index < 1_500; index += 1) {
    const answer = toggle(call, 1_000_000 + Math.round((index * 1_000) / 38));
    call = answer.call;
    codes.push(answer.code);
  }
  const seconds = 1_500 / 38;
  const changes = codes.filter((code) => code === undefined).length;
  expect(changes).toBeLessThanOrEqual((Math.floor((seconds * 1_000) / changesWindowMs) + 1) * maxChanges);
  expect(changes).toBeGreaterThanOrEqual(maxChanges);
  expect(new Set(codes)).toEqual(new Set([undefined, 'too_many_requests']));
  expect(toggle(call, 2_000_000).code).toBeUndefined();
});

test('a host who mutes again and again is limited, and others are not', () => {
  let call: Call = callIn.active;
  const mute = () => {
    const decision = decide(call, { name: 'mute', userId: 'alice', targetId: 'bob' }, 1_000_000);
    if (decision.outcome === 'changed') call = decision.call;
    return decision.outcome === 'refused' ? decision.code : decision.outcome;
  };
  const answers = Array.from({ length: maxChanges + 5 }, mute);
  expect(answers.slice(0, maxChanges)).toEqual(Array.from({ length: maxChanges }, () => 'changed'));
  expect(answers.slice(maxChanges)).toEqual(Array.from({ length: 5 }, () => 'too_many_requests'));
  expect(decide(call, { name: 'hold', userId: 'bob', onHold: true }, 1_000_000).outcome).toBe('changed');
});

test('only the newest of many events are kept, and a reader can check that they are the newest', () => {
  const all = Array.from({ length: maxEvents + 7 }, (_, index): CallEvent => ({
    type: 'call.held',
    userId: 'ann',
    callId: callIn.active.id,
    seq: index + 1,
    at: 1,
  }));
  const kept = keptEvents(all);
  expect([kept.length, kept[0]?.seq]).toEqual([maxEvents, 8]);
  expect(areNewest(kept, all.length)).toBe(true);
  expect(areNewest(kept.slice(1), all.length)).toBe(false);
  expect(areNewest(kept, all.length + 1)).toBe(false);
  expect(areNewest(all.slice(0, 3), 3)).toBe(true);
  expect(areNewest([], 0)).toBe(true);
});

test('a user who keeps leaving and returning is limited on all devices, and may leave at any time', () => {
  let call: Call = callAfter(createCommand(['bob', 'carol']), {
    name: 'answer',
    userId: 'bob',
    deviceId: 'bob-phone',
  });
  const ask = (command: CallCommand, now: number) => {
    const decision = decide(call, command, now);
    if (decision.outcome === 'changed') call = decision.call;
    return decision.outcome === 'refused' ? decision.code : decision.outcome;
  };
  const leave = { name: 'leave', userId: 'bob' } as const;
  const comeBack = (time: number): CallCommand => ({ name: 'rejoin', userId: 'bob', deviceId: `device-${time}` });
  const began = 1_000_000;
  for (let time = 0; time < maxChanges; time += 1) {
    expect(ask(leave, began + time)).toBe('changed');
    expect(ask(comeBack(time), began + time)).toBe('changed');
  }
  // Holds are counted along, and what it cost them is not forgotten while they are away.
  expect(ask({ name: 'hold', userId: 'bob', onHold: true }, began + maxChanges)).toBe('too_many_requests');
  expect(ask(leave, began + changesWindowMs - 1)).toBe('changed');
  expect(ask(comeBack(99), began + changesWindowMs - 1)).toBe('too_many_requests');
  expect(ask(comeBack(99), began + changesWindowMs)).toBe('changed');
});

test('an invitation does not reset the limit of returns', () => {
  const inIt = callAfter(createCommand(['bob', 'carol']), { name: 'answer', userId: 'bob', deviceId: 'bob-phone' });
  let call: Call = inIt;
  const now = 1_000_000;
  for (let time = 0; time < maxChanges; time += 1) {
    call = changed(decide(call, { name: 'hold', userId: 'bob', onHold: time % 2 === 0 }, now)).call;
  }
  const steps: readonly CallCommand[] = [
    { name: 'leave', userId: 'bob' },
    { name: 'invite', userId: 'alice', invitees: ['bob'] },
    { name: 'answer', userId: 'bob', deviceId: 'bob-phone' },
  ];
  for (const step of steps) call = changed(decide(call, step, now)).call;
  expect(decide(call, { name: 'hold', userId: 'bob', onHold: true }, now)).toMatchObject({ code: 'too_many_requests' });
});
