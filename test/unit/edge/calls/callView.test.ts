import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endReasons, leaveReasons } from '../../../../src/domain/call/call.ts';
import type { Call, Participant } from '../../../../src/domain/call/call.ts';
import { callView, eventView } from '../../../../src/edge/callView.ts';
import { callEvent, callView as callSchema } from '../../../../src/protocol/shared/calls.ts';
import { callIn } from '../../../support/calls.ts';

const id = fc.stringMatching(/^[0-9a-f]{22}$/);
/** Upper case, as nothing else here is. */
const deviceId = fc.stringMatching(/^[A-Z]{8,20}$/);
const userId = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const instant = fc.nat();
const participant: fc.Arbitrary<Participant> = fc
  .record({ userId, role: fc.constantFrom('host' as const, 'member' as const), era: fc.nat() })
  .chain((base): fc.Arbitrary<Participant> =>
    fc.oneof(
      fc.constant({ ...base, state: 'invited' as const }),
      fc.record({
        userId: fc.constant(base.userId),
        role: fc.constant(base.role),
        era: fc.constant(base.era),
        state: fc.constant('joined' as const),
        deviceId,
        presence: fc.constantFrom('connecting' as const, 'connected' as const, 'lost' as const),
        joinedAt: instant,
      }),
      fc.record({
        userId: fc.constant(base.userId),
        role: fc.constant(base.role),
        era: fc.constant(base.era),
        state: fc.constant('gone' as const),
        reason: fc.constantFrom(...leaveReasons),
        leftAt: instant,
      }),
    ),
  );

const anyCall: fc.Arbitrary<Call> = fc
  .record({
    id: id.map((text): `call_${string}` => `call_${text}`),
    nodeId: id.map((text): `node_${string}` => `node_${text}`),
    media: fc.constantFrom('audio' as const, 'video' as const),
    ownerTerm: fc.integer({ min: 1, max: 9 }),
    version: fc.integer({ min: 1, max: 99 }),
    lastEvent: fc.nat(99),
    createdAt: instant,
    participants: fc.uniqueArray(participant, { minLength: 1, maxLength: 6, selector: (one) => one.userId }),
    answeredAt: instant,
    endedAt: instant,
    reason: fc.constantFrom(...endReasons),
    phase: fc.constantFrom('ringing' as const, 'active' as const, 'ended' as const),
  })
  .map(({ phase, answeredAt, endedAt, reason, ...base }): Call => {
    const call = { ...base, visibility: 'private' as const, limits: callIn.ringing.limits };
    if (phase === 'ringing') return { ...call, phase };
    if (phase === 'active') return { ...call, phase, answeredAt, aloneAt: 1 };
    return { ...call, phase, answeredAt, endedAt, reason };
  });

describe('the view of a call', () => {
  test('never contains a device id or the node of the call, for any viewer', () => {
    fc.assert(
      fc.property(anyCall, userId, deviceId, (call, viewerId, viewerDevice) => {
        const devices = call.participants.flatMap((one) => (one.state === 'joined' ? [one] : []));
        const viewers = [{}, { userId: viewerId }, { userId: viewerId, deviceId: viewerDevice }, ...devices];
        for (const viewer of viewers) {
          const text = JSON.stringify(callView(call, viewer));
          expect(text).not.toMatch(/[A-Z]{8,}/);
          expect(text).not.toContain(call.nodeId);
          expect(text).not.toContain('deviceId');
        }
      }),
    );
  });

  test('matches its schema exactly', () => {
    fc.assert(
      fc.property(anyCall, (call) => {
        const view = callView(call, {});
        expect(callSchema.strict().parse(view)).toEqual(view);
      }),
    );
  });

  test('differs between viewers only in answeredHere, so that it is serialised once for many', () => {
    fc.assert(
      fc.property(anyCall, userId, deviceId, (call, viewerId, viewerDevice) => {
        const { answeredHere: _, ...seen } = callView(call, { userId: viewerId, deviceId: viewerDevice });
        expect(seen).toEqual(callView(call, {}));
      }),
    );
  });

  test('tells only the asking user whether the asking device is in the call', () => {
    const seenBy = (viewer: { userId?: string; deviceId?: string }) => callView(callIn.active, viewer).answeredHere;
    expect(seenBy({ userId: 'bob', deviceId: 'bob-phone' })).toBe(true);
    expect(seenBy({ userId: 'bob', deviceId: 'bob-tablet' })).toBe(false);
    expect(seenBy({ userId: 'alice', deviceId: 'bob-phone' })).toBe(false);
    expect(seenBy({ userId: 'bob' })).toBeUndefined();
    expect(seenBy({ userId: 'carol', deviceId: 'bob-phone' })).toBeUndefined();
    expect(seenBy({})).toBeUndefined();
    expect(callView(callIn.ringing, { userId: 'bob', deviceId: 'bob-phone' }).answeredHere).toBeUndefined();
  });
});

test('an event shows only the fields of its type', () => {
  const base = { callId: callIn.active.id, seq: 3, at: 5 };
  const left = { ...base, type: 'call.left', userId: 'bob', reason: 'left', deviceId: 'bob-phone' } as const;
  expect(eventView(left)).toEqual({ ...base, type: 'call.left', userId: 'bob', reason: 'left' });
  const ended = { ...base, type: 'call.ended', reason: 'hangup' } as const;
  expect(callEvent.strict().parse(eventView(ended))).toEqual(ended);
});
