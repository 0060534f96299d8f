/**
 * Keeps a media session for one call for as long as the call lives. It joins, resumes after a lost socket, and joins
 * again if the session is lost. When the broadcast moves to another node, a second session is joined there while the
 * first one continues.
 */
import type { Device } from 'mediasoup-client';
import type { AdmittedCall, CallView } from '../../protocol/shared/calls.ts';
import type { Direction } from '../../protocol/shared/media.ts';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import type { ConnectionQuality } from '../ice/connectionQuality.ts';
import { Emitter } from '../support/emitter.ts';
import { asVeilcastError, isVeilcastError } from '../support/errors.ts';
import type { VeilcastError } from '../support/errors.ts';
import { FormerSessions } from './formerSessions.ts';
import { joinPatiently } from './joining.ts';
import { comesSteadily } from '../calls/people.ts';
import type { Tickets } from './joining.ts';
import type { LocalMedia } from './localMedia.ts';
import { RemoteTracks } from './remoteTracks.ts';
import type { Session } from './session.ts';
import type { Signalling } from '../connection/signalling.ts';
import type { RemoteTrack } from './receiving/subscriptions.ts';

export interface CallMediaOptions {
  readonly callId: CallView['id'];
  readonly tickets: Tickets;
  readonly signalling: Signalling;
  /** Whether the server answers on the socket. A socket without an answer is replaced. */
  readonly isThere: () => Promise<boolean>;
  readonly device: Promise<Device>;
  /** What this device sends. Absent for viewers, who send nothing. */
  readonly local?: LocalMedia;
  readonly admitted: (admitted: AdmittedCall) => void;
  /** Joining has failed for good, and no other session carries media. */
  readonly refused: (why: VeilcastError) => void;
  /** The remote tracks whose media is due now. */
  readonly dueTracks: () => readonly RemoteTrack[];
}

interface CallMediaEvents {
  joined: undefined;
  changed: undefined;
  track: RemoteTrack;
  trackRemoved: RemoteTrack;
  trackReplaced: RemoteTrack;
  quality: ConnectionQuality;
  problem: VeilcastError;
}

/** Most lost sockets are back by then. */
const cutOffAfterMs = 3_000;
/** A socket younger than this may have taken the new path after media lost its old one. */
const newSocketMs = 5_000;
const qualityEveryMs = 2_000;

export class CallMedia extends Emitter<CallMediaEvents> {
  readonly remote = new RemoteTracks();
  readonly #options: CallMediaOptions;
  readonly #former: FormerSessions<Session>;
  /** The newest session. Requests go through this one. */
  #session: Session | undefined;
  #joining = false;
  #closed = false;
  #everConnected = false;
  #flowing = false;
  /** True after so long without a socket that changes by others may be unknown here. */
  #isCutOff = false;
  #socketSince = -Infinity;
  #cutOffTimer: ReturnType<typeof setTimeout> | undefined;
  #qualityTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: CallMediaOptions) {
    super();
    this.#options = options;
    this.#former = new FormerSessions({
      isNeeded: (session) => this.remote.comeFrom(session.subscriptions),
      finished: (session, wasAlive) => {
        this.#part(session);
        if (wasAlive) this.#leave(session);
      },
    });
    for (const name of ['track', 'trackRemoved', 'trackReplaced'] as const) {
      this.remote.on(name, (track) => {
        this.emit(name, track);
        this.emit('changed', undefined);
        this.#former.tracksChanged();
      });
    }
  }

  /** The sessions that carry media: more than one while the broadcast moves. */
  get sessions(): readonly Session[] {
    return [...this.#former.alive, ...(this.#session === undefined ? [] : [this.#session])];
  }

  get connection(): 'connecting' | 'connected' | 'reconnecting' {
    const isCarried = this.sessions.some(({ mediaState }) => mediaState === 'connected');
    if (isCarried && !this.#isCutOff) return 'connected';
    return this.#everConnected ? 'reconnecting' : 'connecting';
  }

  /** The socket was lost or is back. Media continues without it, so a short loss is not shown. */
  connectionChanged(): void {
    clearTimeout(this.#cutOffTimer);
    this.#isCutOff = false;
    if (this.#closed) return;
    if (this.#options.signalling.state === 'connected') this.#socketSince = performance.now();
    else {
      this.#cutOffTimer = setTimeout(() => {
        this.#isCutOff = true;
        this.emit('changed', undefined);
      }, cutOffAfterMs);
    }
    this.emit('changed', undefined);
  }

  isNewest(session: Session): boolean {
    return session === this.#session;
  }

  async join(): Promise<void> {
    if (this.#session === undefined) await this.#joinAnother();
  }

  /** The broadcast moves. The old session continues until the other node carries its media. */
  async move(from: Session): Promise<void> {
    if (from === this.#session) await this.#joinAnother();
  }

  /** To be called on a new socket. */
  async resume(): Promise<void> {
    if (this.sessions.length === 0) await this.join();
    else await Promise.all(this.sessions.map((session) => this.#resume(session)));
  }

  /** The call is answered: media flows from now on. */
  flow(): void {
    if (!this.#flowing) for (const session of this.sessions) this.#begin(session);
    this.#flowing = true;
  }

  /** The device is in another network. */
  heal(): void {
    for (const session of this.sessions) session.heal();
  }

  /** The server has dropped this session. Falls back to another one that carries media, or joins again. */
  lost(session: Session): void {
    if (this.#former.has(session)) {
      this.#silence(session);
      this.#former.died(session);
      this.#former.tracksChanged();
      return;
    }
    if (session !== this.#session) return;
    this.#stepBack(session, false);
    this.#session = this.#former.takeBack();
    if (this.#session === undefined) void this.join();
    else if (this.#flowing) this.#begin(this.#session);
    this.emit('changed', undefined);
  }

  /** Ends the session on this device only. */
  drop(session: Session | undefined = this.#session): void {
    if (session === undefined) return;
    if (session !== this.#session) {
      this.#former.died(session);
      this.#former.finish(session);
      return;
    }
    this.#session = undefined;
    clearInterval(this.#qualityTimer);
    this.#part(session);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#cutOffTimer);
    for (const session of this.#former.alive) this.#former.died(session);
    this.#former.finishAll();
    this.drop();
  }

  async #joinAnother(): Promise<void> {
    if (this.#joining || this.#closed) return;
    this.#joining = true;
    try {
      const session = await joinPatiently({ ...this.#options, isWanted: () => !this.#closed });
      if (session !== undefined) this.#use(session);
    } catch (error) {
      // A move may fail while another session carries media: the server reports the end of that one, too.
      if (this.sessions.length === 0) this.#options.refused(asVeilcastError(error, 'internal'));
    } finally {
      this.#joining = false;
    }
  }

  /** The old owner may be gone and the call on its way to another node. If the server is unavailable, ask again. */
  async #resume(session: Session): Promise<void> {
    for (let attempt = 0; this.sessions.includes(session); attempt += 1) {
      try {
        const { call } = await session.resume(this.#options.callId);
        this.#options.admitted(call);
        // A socket is often lost through a change of network, which makes the old paths useless.
        session.doubt();
        return;
      } catch (error) {
        if (isVeilcastError(error, 'session_not_found')) this.lost(session);
        // If the socket is lost again, the next one resumes the session.
        if (!isVeilcastError(error, 'unavailable', 'busy', 'overloaded')) return;
        await wait(backoffMs(attempt));
      }
    }
  }

  #use(session: Session): void {
    if (this.#closed) {
      session.close();
      this.#leave(session);
      return;
    }
    if (this.#session !== undefined) this.#stepBack(this.#session, true);
    this.#session = session;
    this.#listen(session);
    if (this.#flowing) this.#begin(session);
    void this.#options.local?.attach(session.publications);
    this.emit('joined', undefined);
    this.emit('changed', undefined);
  }

  #listen(session: Session): void {
    const { subscriptions } = session;
    session.on('track', (track) => {
      this.remote.added(subscriptions, track);
    });
    session.on('trackRemoved', (track) => {
      this.remote.removed(subscriptions, track);
    });
    session.on('changed', () => {
      this.emit('changed', undefined);
    });
    session.on('problem', (error) => {
      // A session that ended during a request is no problem to report. It is joined again unless the call is over.
      if (isVeilcastError(error, 'session_not_found', 'call_ended')) this.lost(session);
      else if (session === this.#session) this.emit('problem', error);
    });
    session.on('still', ({ direction, everywhere }) => {
      if (session === this.#session) void this.#heal(session, direction, everywhere);
    });
    session.on('media', (state) => {
      if (state === 'connected') this.#everConnected = true;
      this.emit('changed', undefined);
    });
    session.on('gone', () => {
      this.lost(session);
    });
  }

  /** Media has stopped in this direction, or in both. That points to the network only if media was due. */
  async #heal(session: Session, direction: Direction, everywhere: boolean): Promise<void> {
    const { dueTracks, signalling, isThere } = this.#options;
    if (dueTracks().length === 0) return;
    // Not even receiver reports about this device's own media arrive. Quiet senders cannot explain that, so heal
    // without asking.
    if (everywhere) {
      signalling.renew();
      session.heal();
      return;
    }
    // A socket that is new, or that was lost during the check, says nothing about the path of media.
    const isNew = performance.now() - this.#socketSince < newSocketMs;
    if (isNew || !(await isThere()) || signalling.state !== 'connected') session.heal();
    else if (await session.isDead(direction)) session.heal(direction);
  }

  #stepBack(session: Session, isAlive: boolean): void {
    clearInterval(this.#qualityTimer);
    if (!isAlive) this.#silence(session);
    this.#former.add(session, isAlive);
  }

  /** Nothing is sent or received on this session any more. */
  #silence(session: Session): void {
    this.remote.died(session.subscriptions);
    this.#options.local?.detach(session.publications);
    session.stopSending();
  }

  /** Ends the session on the server now rather than with the socket. */
  #leave({ id: sessionId }: Session): void {
    this.#options.signalling.request('leaveSession', { sessionId }).catch(() => undefined);
  }

  #part(session: Session): void {
    this.#options.local?.detach(session.publications);
    this.remote.drop(session.subscriptions);
    session.close();
    this.emit('changed', undefined);
  }

  #begin(session: Session): void {
    session.flow();
    clearInterval(this.#qualityTimer);
    this.#qualityTimer = setInterval(() => void this.#measure(session), qualityEveryMs);
  }

  async #measure(session: Session): Promise<void> {
    const expected = this.#options.dueTracks().filter(comesSteadily);
    const quality = await session.quality(this.connection !== 'reconnecting', expected).catch(() => undefined);
    if (quality !== undefined && session === this.#session) this.emit('quality', quality);
  }
}
