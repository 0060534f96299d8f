/** Alice and Bob in a call, and the sessions of devices without any media: what commands about sessions work on. */
import { MemoryCalls } from '../../../../src/adapters/memory/memoryCalls.ts';
import { Facts } from '../../../../src/commands/call/pendingFacts.ts';
import { runCommand } from '../../../../src/commands/call/running/runCommand.ts';
import type { Device } from '../../../../src/domain/media/admission.ts';
import type { SessionId } from '../../../../src/domain/kernel/ids.ts';
import type { SessionOwner } from '../../../../src/ports/media/sessions.ts';
import { createCommand } from '../../../support/calls.ts';
import { start, worldOf } from '../../edge/server.ts';

export const alicesPhone = { userId: 'alice', deviceId: 'alice-phone' };
export const sessionId = 'ses_0123456789012345678901';

export async function activeCall() {
  const clock = { now: () => start };
  const store = new MemoryCalls({ clock, endedCallTtlMs: 60_000 });
  const { options, tokens } = worldOf();
  const { metrics, log } = options;
  const running = { store, clock, metrics };
  const created = createCommand();
  const { callId } = created;
  await runCommand(running, callId, created);
  await runCommand(running, callId, { name: 'answer', userId: 'bob', deviceId: 'bob-phone' });
  await runCommand(running, callId, { name: 'sessionJoined', ...alicesPhone, ownerTerm: 1 });
  /** What happened, in its order. */
  const happened: unknown[] = [];
  const owners = new Map<SessionId, SessionOwner>([[sessionId, { callId, device: alicesPhone, ownerTerm: 1 }]]);
  const onSockets = new Set<SessionId>([sessionId]);
  const sessionOf = (_callId: string, device: Device): SessionId | undefined =>
    [...onSockets].find((id) => owners.get(id)?.device.deviceId === device.deviceId);
  const presenceOf = async (userId: string) => {
    const participant = (await store.load(callId))?.participants.find((one) => one.userId === userId);
    return participant?.state === 'joined' ? participant.presence : participant?.state;
  };
  return {
    callId,
    happened,
    /** Whose each session is; tests may change it. */
    owners,
    /** Sessions that are on a socket; tests may change it. */
    onSockets,
    presenceOf,
    context: {
      ...running,
      tokens,
      facts: new Facts({ log }),
      sockets: { sessionOf, isReachable: (id: string, device: Device) => sessionOf(id, device) !== undefined },
      sessions: {
        ownerOf: (id: SessionId) => owners.get(id),
        leave: (id: SessionId, why: string) => {
          happened.push(['leave', id, why]);
          owners.delete(id);
        },
        take: (claim: unknown) => {
          happened.push(['take', claim]);
          return Promise.resolve();
        },
        subscriptionsOf: (id: SessionId) => {
          happened.push(['subscriptions', id]);
          return [];
        },
      },
    },
  };
}
