/** Broadcasts of one node without any media: what was asked of them, and a mouth to speak to their listener with. */
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { CallId, SessionId } from '../../../../src/domain/kernel/ids.ts';
import type { CallBroadcasts } from '../../../../src/ports/media/callBroadcasts.ts';
import type { SessionMedia } from '../../../../src/ports/media/sessionMedia.ts';
import type {
  BroadcastListener,
  JoinRequest,
  LocalSessions,
  SessionOwner,
} from '../../../../src/ports/media/sessions.ts';
import type { TransportOptions } from '../../../../src/protocol/shared/media.ts';
import type { Subscription } from '../../../../src/protocol/socket/notifications.ts';

const transport: TransportOptions = {
  id: '3f0e7f0a-7f63-4d0c-9d9b-0c6f5a8f7f11',
  iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
  iceCandidates: [],
  dtlsParameters: { fingerprints: [{ algorithm: 'sha-1', value: `${'AB:'.repeat(19)}AB` }] },
};

export const unknownTrack = '3f0e7f0a-7f63-4d0c-9d9b-000000000404';

export class LocalBroadcasts implements LocalSessions, SessionMedia, CallBroadcasts {
  readonly routerRtpCapabilities = { codecs: [], headerExtensions: [] };
  readonly sessions = new Map<SessionId, SessionOwner>();
  readonly subscriptions = new Map<SessionId, readonly Subscription[]>();
  readonly asked: unknown[] = [];
  /** Runs in the middle of each join. */
  whileJoining: () => Promise<void> | void = () => undefined;
  listener: BroadcastListener | undefined;

  listen(listener: BroadcastListener): void {
    this.listener = listener;
  }

  async join({ sessionId, callId, device, ownerTerm, admission }: JoinRequest) {
    await this.whileJoining();
    this.asked.push(['join', callId, admission]);
    this.sessions.set(sessionId, { callId, device, ownerTerm });
    const { routerRtpCapabilities } = this;
    return {
      routerRtpCapabilities,
      send: transport,
      receive: transport,
      subscriptions: this.subscriptionsOf(sessionId),
    };
  }

  ownerOf(sessionId: SessionId): SessionOwner | undefined {
    return this.sessions.get(sessionId);
  }

  subscriptionsOf(sessionId: SessionId): readonly Subscription[] {
    if (!this.sessions.has(sessionId)) throw new CallError('session_not_found');
    return this.subscriptions.get(sessionId) ?? [];
  }

  publish(...args: Parameters<SessionMedia['publish']>): Promise<void> {
    return this.#did('publish', ...args);
  }
  connect(...args: Parameters<SessionMedia['connect']>): Promise<void> {
    return this.#did('connect', ...args);
  }
  async unpublish(sessionId: SessionId, trackIds: readonly string[]): Promise<void> {
    if (trackIds.includes(unknownTrack)) throw new CallError('track_not_found');
    await this.#did('unpublish', sessionId, trackIds);
  }
  async pause(...args: Parameters<SessionMedia['pause']>): Promise<void> {
    this.subscriptionsOf(args[0]);
    return this.#did('pause', ...args);
  }
  mute(...args: Parameters<CallBroadcasts['mute']>): Promise<void> {
    return this.#did('mute', ...args);
  }
  ready(...args: Parameters<SessionMedia['ready']>): Promise<void> {
    return this.#did('ready', ...args);
  }
  prefer(...args: Parameters<SessionMedia['prefer']>): Promise<void> {
    return this.#did('prefer', ...args);
  }
  async restartIce(...args: Parameters<SessionMedia['restartIce']>) {
    await this.#did('restartIce', ...args);
    return transport.iceParameters;
  }
  leave(...args: Parameters<LocalSessions['leave']>): void {
    this.sessions.delete(args[0]);
    void this.#did('leave', ...args);
  }
  async follow(...args: Parameters<CallBroadcasts['follow']>) {
    await this.#did('follow', ...args);
    return [];
  }
  close(callId: CallId): void {
    void this.#did('close', callId);
  }
  tellToMove(callId: CallId): void {
    void this.#did('tellToMove', callId);
  }
  sessionsIn(callId: CallId): number {
    return [...this.sessions.values()].filter((owner) => owner.callId === callId).length;
  }
  open(): readonly CallId[] {
    return [];
  }

  #did(...what: readonly unknown[]): Promise<void> {
    this.asked.push(what);
    return Promise.resolve();
  }
}
