/** Reports what happens to a node's sessions to their calls. */
import { admissionOf } from '../../domain/media/admission.ts';
import type { Device } from '../../domain/media/admission.ts';
import type { Call } from '../../domain/call/call.ts';
import { participantOf } from '../../domain/call/call.ts';
import type { CallId, SessionId } from '../../domain/kernel/ids.ts';
import type { CallChange } from '../../ports/call/callFeed.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import type { SessionOwner, SessionsAnywhere } from '../../ports/media/sessions.ts';
import type { DeviceSockets } from '../../ports/people/deviceSockets.ts';
import type { Facts } from '../call/pendingFacts.ts';
import { runCommand } from '../call/running/runCommand.ts';
import type { CommandContext } from '../call/running/runCommand.ts';

export interface PresenceContext extends CommandContext {
  readonly sockets: DeviceSockets;
  readonly facts: Facts;
}
export interface SessionContext extends PresenceContext {
  readonly sessions: SessionsAnywhere;
  readonly broadcasts: CallBroadcasts;
}

/**
 * Tells the call whether a device is reachable. Sockets come and go while the call is saved, so the report is compared
 * with the truth once more afterwards: of several reports at once, the last one is right.
 */
export async function reportPresence(
  context: PresenceContext,
  { callId, device, ownerTerm }: SessionOwner,
): Promise<Call | undefined> {
  for (;;) {
    const reachable = context.sockets.isReachable(callId, device);
    const name = reachable ? 'sessionJoined' : 'sessionLost';
    const { after } = await runCommand(context, callId, { name, ...device, ownerTerm });
    if (context.sockets.isReachable(callId, device) === reachable) return after;
  }
}

/** Like `reportPresence`, but repeated until the call knows: nobody waits for it, and nobody else may know. */
export function tellPresence(context: PresenceContext, owner: SessionOwner): Promise<void> {
  const { callId, device } = owner;
  const name = `presence ${JSON.stringify([callId, device.userId, device.deviceId])}`;
  return context.facts.tell(name, () => reportPresence(context, owner));
}

/**
 * The socket of a session died. A participant's media flows on during the grace; a warm session or a viewer's session
 * is closed.
 */
export function socketLost(context: SessionContext, sessionId: SessionId): Promise<void> {
  return context.facts.tell(`socket ${sessionId}`, () => withoutSocket(context, sessionId));
}

async function withoutSocket(context: SessionContext, sessionId: SessionId): Promise<void> {
  const { sessions, sockets } = context;
  const owner = sessions.ownerOf(sessionId);
  if (owner === undefined) return;
  if (owner.asViewer === true) {
    sessions.leave(sessionId, 'left');
    return;
  }
  const call = await reportPresence(context, owner);
  const participant = call && participantOf(call, owner.device.userId);
  const isBack = sockets.isReachable(owner.callId, owner.device);
  if (participant?.state !== 'joined' && !isBack) sessions.leave(sessionId, 'left');
}

/** Media follows a saved change, on the node that owns the broadcast. */
export async function followChange(context: SessionContext, { call, events }: CallChange): Promise<void> {
  const { broadcasts, clock, metrics } = context;
  await followState(broadcasts, call.id, call);
  for (const event of events) {
    if (event.type === 'call.answered') metrics.observed('setUp', clock.now() - event.at);
    if (event.type === 'call.muted') await broadcasts.mute(call.id, event.userId);
  }
}

/**
 * What a device's socket does with a change of its call, on any node. A session whose owner is gone is closed. A
 * reachable device that the call does not take for present is reported: it was warm when it answered, or another
 * process took it for lost.
 */
export async function followOnSocket(context: SessionContext, call: Call, device: Device): Promise<void> {
  if (call.phase === 'ended') return;
  const { sessions, sockets } = context;
  const { id: callId, ownerTerm } = call;
  const participant = participantOf(call, device.userId);
  const isTheirs = participant?.state === 'joined' && participant.deviceId === device.deviceId;
  sessions.moved({ callId, device, ownerTerm, lost: isTheirs && participant.presence === 'lost' });
  if (!isTheirs || participant.presence === 'connected') return;
  const sessionId = sockets.sessionOf(callId, device);
  const owner = sessionId === undefined ? undefined : sessions.ownerOf(sessionId);
  if (owner?.ownerTerm === ownerTerm) await tellPresence(context, owner);
}

/**
 * Makes a broadcast follow a state of its call, and closes it when the call has ended or is unknown. Returns the
 * admitted devices.
 */
export async function followState(
  broadcasts: Pick<CallBroadcasts, 'follow' | 'close'>,
  callId: CallId,
  call: Call | undefined,
): Promise<readonly Device[]> {
  if (call !== undefined && call.phase !== 'ended') return broadcasts.follow(callId, admissionOf(call));
  broadcasts.close(callId);
  return [];
}
