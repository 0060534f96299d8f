import { admissionOf } from '../call/admission.ts';
import type { Device } from '../call/admission.ts';
import type { Call } from '../call/call.ts';
import { CallError } from '../call/errors.ts';
import type { CallId, SessionId } from '../call/ids.ts';
import type { BroadcastsAnywhere, JoinedMedia } from '../ports/broadcasts.ts';
import type { CallStore } from '../ports/callStore.ts';
import type { IdSource } from '../ports/idSource.ts';
import type { Relays, RelayServer } from '../ports/relays.ts';
import type { RtpCapabilities } from '../protocol/media.ts';
import { followState } from './reportSession.ts';

export interface ViewerContext {
  readonly store: CallStore;
  readonly broadcasts: BroadcastsAnywhere;
  readonly ids: IdSource;
  readonly relays: Relays;
}
export interface ViewerRequest {
  readonly callId: CallId;
  readonly device: Device;
  readonly rtpCapabilities: RtpCapabilities;
}

interface ViewerSocket {
  attach(sessionId: SessionId): void;
  detach(sessionId: SessionId): void;
}

/**
 * Opens the session of a viewer, whom the ticket alone admits. The call does not learn of it: nothing is saved, nobody is
 * told, and what it costs does not grow with the number of those who watch.
 */
export async function joinAsViewer(
  context: ViewerContext,
  { callId, device, rtpCapabilities }: ViewerRequest,
  socket: ViewerSocket,
): Promise<JoinedMedia & { readonly sessionId: SessionId; readonly iceServers: readonly RelayServer[] }> {
  const { store, broadcasts, ids, relays } = context;
  const call = await store.load(callId);
  if (call === undefined) throw new CallError('call_not_found');
  if (call.phase === 'ended') throw new CallError('call_ended');
  const sessionId = ids.sessionId();
  const who = { sessionId, device, epoch: call.epoch, rtpCapabilities, mayPublish: false, asViewer: true };
  const media = await broadcasts.join({ callId, ...who, admission: admissionOf(call) }, call.nodeId);
  socket.attach(sessionId);
  await catchUp(context, sessionId, { call, now: await store.load(callId) }, socket);
  return { ...media, sessionId, iceServers: relays.offer() };
}

/** The broadcast is told what holds only when the call has changed while the transports were made. */
async function catchUp(
  { broadcasts }: ViewerContext,
  sessionId: SessionId,
  { call, now }: { readonly call: Call; readonly now: Call | undefined },
  socket: ViewerSocket,
): Promise<void> {
  if (now?.version === call.version) return;
  if (now !== undefined && now.epoch !== call.epoch) {
    // It has another owner since; a second attempt finds the way.
    socket.detach(sessionId);
    broadcasts.leave(sessionId, 'media_lost');
    throw new CallError('unavailable');
  }
  await followState(broadcasts, call.id, now);
}
