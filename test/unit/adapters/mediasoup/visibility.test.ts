import { describe, expect, test } from '@jest/globals';
import { dismissal, mayReceive } from '../../../../src/adapters/mediasoup/broadcast/visibility.ts';
import type { Admission, Device } from '../../../../src/domain/media/admission.ts';

const caller: Device = { userId: 'alice', deviceId: 'alice-phone' };
const laptop: Device = { userId: 'bob', deviceId: 'bob-laptop' };
const phone: Device = { userId: 'bob', deviceId: 'bob-phone' };
const carol: Device = { userId: 'carol', deviceId: 'carol-phone' };
const representatives = new Map([
  ['bob', laptop.deviceId],
  ['carol', carol.deviceId],
]);

const sitting = (device: Device, ownerTerm = 1) => ({ device, ownerTerm });

function admission(...admitted: Device[]): Admission {
  return {
    version: 1,
    leastOwnerTerm: 1,
    flowing: admitted.length > 1,
    admitted,
    onHold: new Set(),
    welcome: new Set(['alice', 'bob', 'carol']),
  };
}

describe('which tracks a session is offered', () => {
  test.each([
    {
      rule: 'those who ring are offered the caller',
      given: admission(caller),
      viewer: laptop,
      publisher: caller,
      expected: true,
    },
    {
      rule: 'the caller is offered the first device that rings',
      given: admission(caller),
      viewer: caller,
      publisher: laptop,
      expected: true,
    },
    {
      rule: 'the caller is not offered a second device',
      given: admission(caller),
      viewer: caller,
      publisher: phone,
      expected: false,
    },
    {
      rule: 'those who ring are not offered each other',
      given: admission(caller),
      viewer: laptop,
      publisher: carol,
      expected: false,
    },
    {
      rule: 'nobody is offered their own',
      given: admission(caller),
      viewer: phone,
      publisher: laptop,
      expected: false,
    },
    {
      rule: 'the device that answered is offered',
      given: admission(caller, phone),
      viewer: caller,
      publisher: phone,
      expected: true,
    },
    {
      rule: 'the other devices of who answered are not',
      given: admission(caller, phone),
      viewer: caller,
      publisher: laptop,
      expected: false,
    },
    {
      rule: 'who answered is offered who still rings',
      given: admission(caller, phone),
      viewer: phone,
      publisher: carol,
      expected: true,
    },
  ])('$rule', ({ given, viewer, publisher, expected }) => {
    expect(mayReceive({ admission: given, representatives }, viewer, publisher)).toBe(expected);
  });
});

describe('which sessions are closed', () => {
  test('nobody while it rings', () => {
    expect([caller, laptop, phone, carol].map((device) => dismissal(admission(caller), sitting(device)))).toEqual(
      Array(4).fill(undefined),
    );
  });
  test('the other devices of a user who answered', () => {
    expect(dismissal(admission(caller, phone), sitting(laptop))).toBe('answered_elsewhere');
    expect(dismissal(admission(caller, phone), sitting(phone))).toBeUndefined();
  });
  test('sessions where the call was before', () => {
    expect(dismissal({ ...admission(caller), leastOwnerTerm: 2 }, sitting(caller))).toBe('media_lost');
    expect(dismissal({ ...admission(caller), leastOwnerTerm: 2 }, sitting(caller, 2))).toBeUndefined();
  });
  test('users who are no longer in the call, and everybody when it has ended', () => {
    expect(dismissal({ ...admission(caller), welcome: new Set(['alice']) }, sitting(laptop))).toBe('left');
    expect(dismissal({ ...admission(), welcome: new Set() }, sitting(caller))).toBe('call_ended');
  });
});
