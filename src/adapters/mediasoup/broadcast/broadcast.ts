/**
 * One broadcast: its routers and the sessions on them. Keeps media and offers in step with the call's admission.
 *
 * Close cascade: broadcast → sessions → transports → producers and consumers; a producer closes its subscriptions too.
 * The cost of a viewer's join does not grow with the number of viewers.
 */
import type { Admission, Device } from '../../../domain/media/admission.ts';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { CallId, SessionId, UserId } from '../../../domain/kernel/ids.ts';
import type { TrackToPublish } from '../../../ports/media/sessionMedia.ts';
import type { BroadcastListener, JoinedMedia, JoinRequest } from '../../../ports/media/sessions.ts';
import type { Log } from '../../../ports/system/log.ts';
import type { DtlsParameters, RtpCapabilities } from '../../../protocol/shared/media.ts';
import type { SessionEnding } from '../../../protocol/socket/notifications.ts';
import type { Ask } from '../workers/workerRequests.ts';
import type { BroadcastRouter } from '../routers/broadcastRouter.ts';
import { RouterSet } from '../routers/routerSet.ts';
import type { RouterSetOptions } from '../routers/routerSet.ts';
import { Offering } from './offering.ts';
import { Session } from '../session/session.ts';
import { Sessions } from './sessions.ts';
import { Speakers } from './speakers.ts';
import type { Heard } from './speakers.ts';
import type { PublishedTrack } from '../session/track.ts';
import { openTransports } from '../session/sessionTransports.ts';
import type { BroadcastLimits } from '../session/sessionTransports.ts';
import type { Watcher } from './watcher.ts';
import { isAdmitted, mayFlow, sessionEnding } from './visibility.ts';
import type { Role } from './visibility.ts';

export interface BroadcastOptions extends Omit<RouterSetOptions, 'onLost'> {
  readonly callId: CallId;
  readonly admission: Admission;
  readonly offered: RtpCapabilities;
  readonly limits: BroadcastLimits;
  readonly ask: Ask;
  readonly log: Log;
  readonly listener: BroadcastListener;
}

const tellViewersEvery = 10;
/** Limit for one user in one call, also while it rings: more devices than a person has. */
const maxSessionsOfUser = 8;

export class Broadcast {
  readonly offering: Offering;
  readonly #options: BroadcastOptions;
  readonly #routerSet: RouterSet;
  readonly #sessions = new Sessions();
  readonly #watchers = new Set<Watcher>();
  readonly #representatives = new Map<UserId, string>();
  readonly #speakers: Speakers;
  #active: UserId | null = null;
  /** Audio levels since viewers were last notified. */
  #reportsHeldBack = 0;
  #admission: Admission;
  #closed: SessionEnding | undefined;

  constructor(options: BroadcastOptions) {
    this.#options = options;
    this.#admission = options.admission;
    this.offering = new Offering({
      sessions: this.#sessions,
      visibility: () => ({ admission: this.#admission, representatives: this.#representatives }),
      listener: options.listener,
    });
    this.#routerSet = new RouterSet({
      ...options,
      onLost: (broadcastRouter) => {
        for (const session of this.sessions())
          if (session.broadcastRouter === broadcastRouter) this.end(session, 'media_lost');
      },
    });
    this.#speakers = new Speakers({
      home: options.home,
      ask: options.ask,
      onHeard: (heard) => {
        this.tellHeard(heard);
      },
    });
  }

  get home(): BroadcastRouter {
    return this.#options.home;
  }

  get admission(): Admission {
    return this.#admission;
  }

  get callId(): CallId {
    return this.#options.callId;
  }

  sessions(): readonly Session[] {
    return this.#sessions.all();
  }

  session(sessionId: SessionId): Session | undefined {
    return this.#sessions.get(sessionId);
  }

  participants(): readonly Session[] {
    return [...this.#sessions.participants.values()];
  }

  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  /** Two round trips to the worker: both transports, then a paused consumer for every track on offer. */
  async join(request: JoinRequest): Promise<JoinedMedia> {
    if (request.admission.version > this.#admission.version) this.#background(this.follow(request.admission));
    const opened = this.#sessions.opening(request, maxSessionsOfUser);
    return this.#join(request).finally(opened);
  }

  async #join(request: JoinRequest): Promise<JoinedMedia> {
    const broadcastRouter = await this.#routerSet.place([...this.offering.tracks()].length);
    const session = await this.#open(broadcastRouter, request).catch((error: unknown) => {
      this.#routerSet.vacate(broadcastRouter);
      this.#assertOpen();
      throw error;
    });
    try {
      const { transports } = session;
      await this.#catchUp(session);
      // Only now: if a join fails, its device must keep the session that it had.
      const before = this.#sessions.seat(session);
      if (before !== undefined) this.end(before, 'replaced');
      return { routerRtpCapabilities: this.#options.offered, ...transports, subscriptions: session.toWire() };
    } catch (error) {
      this.#drop(session);
      throw error;
    }
  }

  async publish(session: Session, tracks: readonly TrackToPublish[], dtls?: DtlsParameters): Promise<void> {
    const { userId, deviceId } = session.device;
    const published = await session.publish(tracks, dtls);
    if (!this.#representatives.has(userId)) this.#representatives.set(userId, deviceId);
    this.#background(this.offering.offer(session.device, published));
    for (const track of published) this.#background(this.#speakers.add(track));
    await Promise.all(session.settleTracks());
    this.#changed();
  }

  unpublish(session: Session, trackIds: readonly string[]): void {
    this.#withdraw(session.unpublish(trackIds));
  }

  async pause(session: Session, trackId: string, paused: boolean): Promise<void> {
    const track = session.track(trackId);
    if (track.muted === paused) return;
    track.muted = paused;
    const settled = track.settle(session.flows);
    this.offering.tellMuted(track);
    await settled;
    this.#changed();
  }

  async silence(userId: UserId): Promise<void> {
    const theirs = this.participants().filter(({ device }) => device.userId === userId);
    const microphones = theirs.flatMap((session) =>
      [...session.tracks.values()].flatMap(({ source, trackId }) =>
        source === 'microphone' ? [{ session, trackId }] : [],
      ),
    );
    await Promise.all(microphones.map(({ session, trackId }) => this.pause(session, trackId, true)));
  }

  /** The hot path of an answer: every request to the worker is sent before the first answer is awaited. */
  async follow(admission: Admission): Promise<readonly Device[]> {
    // Admissions may arrive out of order; an older one must not replace a newer one.
    if (admission.version > this.#admission.version) this.#admission = admission;
    for (const userId of this.#representatives.keys()) {
      if (!this.#admission.welcome.has(userId)) this.#representatives.delete(userId);
    }
    const sessions = this.sessions();
    for (const session of sessions) {
      session.flows = mayFlow(this.#admission, session);
      const why = sessionEnding(this.#admission, session);
      if (why !== undefined) this.end(session, why);
    }
    const staying = sessions.filter(({ closed }) => !closed);
    // Consumers first: a consumer that resumes while its producer already flows requests a second key frame.
    const settling = staying.flatMap((session) => session.settleSubscriptions());
    settling.push(...staying.flatMap((session) => session.settleTracks()));
    settling.push(...staying.map((receiver) => this.offering.regard(receiver)));
    for (const outcome of await Promise.allSettled(settling)) {
      if (outcome.status === 'rejected')
        this.#warn('failed to apply a change of the call on a media worker', outcome.reason);
    }
    this.#changed();
    const present = this.participants().filter(({ device }) => isAdmitted(this.#admission, device));
    return present.map(({ device }) => device);
  }

  /** There may be thousands of viewers: notify them when the active speaker changes, else every tenth time. */
  tellHeard(heard: Heard): void {
    this.#tell(this.#sessions.participants.values(), heard);
    this.#reportsHeldBack += 1;
    if (heard.active === this.#active && this.#reportsHeldBack < tellViewersEvery) return;
    this.#active = heard.active;
    this.#reportsHeldBack = 0;
    this.#tell(this.#sessions.viewers.values(), heard);
    this.#tellWatchers(({ heard: tell }) => tell?.(heard));
  }

  /** `notify: false`: the listener is not notified, since the caller knows already. */
  end(session: Session, why: SessionEnding, { notify = true } = {}): void {
    if (!this.#drop(session)) return;
    if (notify) this.#options.listener.closed(session.id, { callId: this.callId, ...session.owner }, why);
  }

  close(why: SessionEnding): void {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    for (const session of this.sessions()) this.end(session, why);
    this.#routerSet.close();
    this.#tellWatchers(({ closed }) => closed?.(why));
  }

  async #open(broadcastRouter: BroadcastRouter, request: JoinRequest): Promise<Session> {
    const { offered, limits, ask } = this.#options;
    const { sessionId: id, device, ownerTerm, mayPublish, asViewer = false, rtpCapabilities } = request;
    this.#assertOpen();
    const transports = await openTransports(broadcastRouter, limits.initialBitrate);
    try {
      this.#assertOpenTo({ device, asViewer, ownerTerm });
      const session = new Session({
        id,
        device,
        ownerTerm,
        asViewer,
        rtpCapabilities,
        offered,
        broadcastRouter,
        transports,
        ask,
        mayPublish: mayPublish && !asViewer,
      });
      session.flows = mayFlow(this.#admission, session);
      this.#sessions.add(session, transports);
      return session;
    } catch (error) {
      transports.send.close();
      transports.receive.close();
      throw error;
    }
  }

  async #catchUp(session: Session): Promise<void> {
    const { maxIncomingBitrate } = this.#options.limits;
    const capped = session.asViewer ? undefined : session.limit(maxIncomingBitrate);
    const outcomes = await Promise.allSettled([capped, this.offering.regard(session)]);
    this.#assertOpen();
    if (session.closed) throw new CallError('session_not_found');
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    session.announced = true;
  }

  #withdraw(tracks: readonly PublishedTrack[]): void {
    this.offering.withdraw(tracks);
    if (tracks.length > 0) this.#changed();
  }

  #tell(sessions: Iterable<Session>, heard: Heard): void {
    for (const { id, flows, announced } of sessions) {
      if (!flows || !announced) continue;
      this.#options.listener.notify(id, { method: 'speakers', params: { sessionId: id, ...heard } });
    }
  }

  #changed(): void {
    this.#tellWatchers(({ changed }) => changed?.());
  }
  #tellWatchers(tell: (watcher: Watcher) => void): void {
    for (const watcher of this.#watchers) tell(watcher);
  }

  /** Returns whether it was there. */
  #drop(session: Session): boolean {
    if (!this.#sessions.remove(session)) return false;
    const tracks = [...session.tracks.values()];
    session.close();
    // When the whole broadcast closes, each session is notified only of its own end. Its client keeps what it had until
    // it has joined again.
    if (this.#closed === undefined) this.#withdraw(tracks);
    this.#routerSet.vacate(session.broadcastRouter);
    if (this.#sessions.isEmpty) this.#tellWatchers(({ emptied }) => emptied?.());
    return true;
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new CallError(this.#closed === 'media_lost' ? 'unavailable' : 'call_ended');
  }

  /** The call may have changed while the worker was busy. Check here: nothing else would end this session later. */
  #assertOpenTo(role: Role): void {
    this.#assertOpen();
    const why = sessionEnding(this.#admission, role);
    if (why === undefined) return;
    if (why === 'media_lost') throw new CallError('unavailable');
    throw new CallError(why === 'answered_elsewhere' || why === 'call_ended' ? why : 'not_joined');
  }

  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#warn('a media worker refused a request', error);
    });
  }

  #warn(message: string, error: unknown): void {
    if (this.#closed !== undefined) return;
    this.#options.log.warn(message, { callId: this.callId, error });
  }
}
