/** The people of the media tests, what the call says of them at each stage, and how far most stories begin. */
import { expect } from '@jest/globals';
import type { Admission, Device } from '../../../src/domain/media/admission.ts';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { waitFor } from '../waitFor.ts';
import { newCallId } from './studio.ts';
import type { Seat, Studio } from './studio.ts';

export const alice: Device = { userId: 'alice', deviceId: 'alice-phone' };
export const bob: Device = { userId: 'bob', deviceId: 'bob-laptop' };
export const bobsOther: Device = { userId: 'bob', deviceId: 'bob-phone' };
export const carol: Device = { userId: 'carol', deviceId: 'carol-phone' };

let version = 0;
export function ringing(...users: string[]): Admission {
  version += 1;
  return {
    version,
    leastOwnerTerm: 1,
    flowing: false,
    admitted: [alice],
    onHold: new Set(),
    welcome: new Set(['alice', 'bob', ...users]),
  };
}
export function active(...admitted: Device[]): Admission {
  version += 1;
  return {
    version,
    leastOwnerTerm: 1,
    flowing: true,
    admitted,
    onHold: new Set(),
    welcome: new Set(['alice', 'bob', 'carol']),
  };
}
export function over(): Admission {
  version += 1;
  return { version, leastOwnerTerm: 1, flowing: false, admitted: [], onHold: new Set(), welcome: new Set() };
}
export const callError = (code: string): unknown => expect.objectContaining({ name: 'CallError', code });

/** Both have published, the call still rings. */
export async function ringingPair(studio: Studio): Promise<{ callId: CallId; a: Seat; b: Seat }> {
  const callId = newCallId();
  const a = await studio.sit(callId, alice, ringing());
  await a.participant.publish(['microphone', 'camera']);
  const b = await studio.sit(callId, bob, ringing());
  await b.participant.publish(['microphone', 'camera']);
  await waitFor('the caller to have the callee’s tracks', () => a.participant.receptions.size === 2);
  return { callId, a, b };
}

/** When the first key frame came. */
export function heardVideo({ participant }: Seat): number | undefined {
  return [...participant.receptions.values()].find(({ subscription }) => subscription.kind === 'video')
    ?.firstKeyFrameAt;
}
