/** Calls of two between neighbours of a crowd, made and answered, with sound both ways. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../support/waitFor.ts';
import type { Device } from '../clients/device.ts';
import type { Ear } from '../clients/ears.ts';

export interface Talk {
  readonly callId: string;
  readonly caller: Device;
  readonly callee: Device;
}

/** Calls that are being made at once: as many as a busy minute has, and no more than the machine can take. */
const together = 5;
const soundWithinMs = 20_000;
const enoughPackets = 10;

/** The first with the second, the third with the fourth. */
export function pairsOf(devices: readonly Device[]): readonly (readonly [Device, Device])[] {
  return devices.flatMap((caller, index) => {
    const callee = devices[index + 1];
    return index % 2 === 0 && callee !== undefined ? [[caller, callee] as const] : [];
  });
}

export async function makeCalls(pairs: readonly (readonly [Device, Device])[]): Promise<readonly Talk[]> {
  const talks: Talk[] = [];
  for (let at = 0; at < pairs.length; at += together) {
    talks.push(...(await Promise.all(pairs.slice(at, at + together).map(makeCall))));
  }
  return talks;
}

async function makeCall([caller, callee]: readonly [Device, Device]): Promise<Talk> {
  const callId = await caller.call([callee.userId]);
  const talk = { callId, caller, callee };
  await waitFor(`sound both ways in ${callId}`, () => isHeard(talk), { withinMs: soundWithinMs });
  return talk;
}

export function earsOf({ callId, caller, callee }: Talk): readonly Ear[] {
  return [...caller.ears.of(callId), ...callee.ears.of(callId)];
}

function isHeard(talk: Talk): boolean {
  const ears = earsOf(talk);
  return ears.length === 2 && ears.every(({ packets }) => packets >= enoughPackets);
}

/** Whether something has come at both within this time. */
export function flows(talk: Talk, at: number, withinMs: number): boolean {
  const ears = earsOf(talk);
  return ears.length === 2 && ears.every(({ lastAt }) => at - lastAt < withinMs);
}

/** Also those that are over already. */
export async function hangUp(talks: readonly Talk[]): Promise<void> {
  for (const { callId, caller } of talks) {
    await caller.leave(callId).catch((error: unknown) => {
      if (!/call_ended|call_not_found|not_joined/.test(String(error))) throw error;
    });
    await delay(5);
  }
}
