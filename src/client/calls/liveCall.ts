/**
 * A call of this device. Combines the newest state from the server, the user's devices and the media session in one
 * `Call`.
 */
import type { Device } from 'mediasoup-client';
import type { AdmittedCall, CallEventView, CallView } from '../../protocol/shared/calls.ts';
import { callEvents } from './call.ts';
import type { AnswerOptions, Call, CallEnding, CallEvents, CallState, CallTimings, Participant } from './call.ts';
import { checkUserIds } from '../checkOptions.ts';
import { answerUntilHeard } from './answering.ts';
import { CallMedia } from '../media/callMedia.ts';
import { listDevices } from '../media/devices.ts';
import type { Wanted } from '../media/devices.ts';
import { Emitter } from '../support/emitter.ts';
import { endingOf } from './ending.ts';
import { isVeilcastError } from '../support/errors.ts';
import { forwardMedia } from './forwardMedia.ts';
import type { HttpApi } from '../connection/httpApi.ts';
import type { HangUp, PendingHangups } from './pendingHangups.ts';
import { LocalMedia } from '../media/localMedia.ts';
import type { Carried, FinalEnding } from '../media/sessionNotifications.ts';
import { forgetDevices, recallDevices, rememberDevices } from '../media/rememberedDevices.ts';
import { dueTracks, continuesWithout, participantsIn, selfIn } from './people.ts';
import type { Signalling } from '../connection/signalling.ts';
import { unlessAborted } from '../support/abortable.ts';
import type { Waiting } from '../support/abortable.ts';

export interface CallContext {
  readonly userId: string;
  readonly deviceId: string;
  readonly signalling: Signalling;
  /** Whether the server answers on the socket. A socket without an answer is replaced. */
  readonly isThere: () => Promise<boolean>;
  readonly pendingHangups: PendingHangups;
  readonly api: HttpApi;
  readonly device: Promise<Device>;
}

const allOn = { microphone: true, camera: true };
const nothingOn = { microphone: false, camera: false, lastEvent: 0 };

/** Errors of joining whose cause is that the call is over for this device. */
const endings = ['call_ended', 'call_not_found', 'closed', 'answered_elsewhere', 'not_joined'] as const;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class LiveCall extends Emitter<CallEvents> implements Call, Carried {
  readonly direction: 'incoming' | 'outgoing';
  readonly caller: string;
  /** Holds the media sessions. Notifications from the server are routed to them. */
  readonly carrier: CallMedia;
  readonly #context: CallContext;
  readonly #local: LocalMedia;
  readonly #timings: Writable<CallTimings> = {};
  #view: CallView;
  #ticket: string;
  #isMine: boolean;
  #ending: CallEnding | undefined;
  #endedAt: number | undefined;

  constructor(admitted: AdmittedCall, context: CallContext) {
    super(callEvents);
    const { call, ticket } = admitted;
    const { signalling, isThere, device } = context;
    this.#view = call;
    this.#ticket = ticket;
    this.#context = context;
    this.caller = selfIn(call, context.userId)?.invitedBy ?? call.caller;
    this.direction = this.caller === context.userId ? 'outgoing' : 'incoming';
    this.#isMine = this.direction === 'outgoing' || call.answeredHere === true;
    const local = new LocalMedia({ video: call.media === 'video' });
    this.#local = local;
    this.carrier = new CallMedia({
      callId: call.id,
      signalling,
      isThere,
      device,
      local,
      tickets: { current: () => this.#ticket, renew: () => this.#readmit() },
      admitted: (again) => {
        this.admit(again);
      },
      refused: (why) => {
        // The state of the call says how it ended for this user. That is no problem to report.
        if (!isVeilcastError(why, ...endings)) this.emit('problem', why);
      },
      dueTracks: () => dueTracks(this.#view, context.userId, this.remoteTracks),
    });
    forwardMedia({
      local,
      media: this.carrier,
      emit: (name, payload) => {
        this.emit(name, payload);
      },
      mark: (name) => {
        this.#mark(name);
      },
    });
    local.on('changed', () => {
      this.#rememberDevices();
    });
    if (this.state === 'active') this.carrier.flow();
  }

  get id() {
    return this.#view.id;
  }
  get media() {
    return this.#view.media;
  }
  get createdAt() {
    return this.#view.createdAt;
  }
  get answeredAt() {
    return this.#view.answeredAt;
  }
  get endedAt() {
    return this.#endedAt;
  }
  get ending() {
    return this.#ending;
  }
  get timings(): CallTimings {
    return this.#timings;
  }
  get microphoneOn() {
    return this.#local.isOn('microphone');
  }
  get cameraOn() {
    return this.#local.isOn('camera');
  }
  get screenShared() {
    return this.#local.isSharing;
  }
  get cameraTrack() {
    return this.#local.track('camera');
  }
  get screenTrack() {
    return this.#local.track('screen');
  }
  get isHost() {
    return selfIn(this.#view, this.#context.userId)?.role === 'host';
  }
  get onHold() {
    return selfIn(this.#view, this.#context.userId)?.onHold === true;
  }
  get remoteTracks() {
    return this.carrier.remote.all;
  }
  get mediaServer() {
    return this.carrier.sessions.flatMap(({ mediaServer }) => mediaServer);
  }
  get connection() {
    return this.carrier.connection;
  }

  get participants(): readonly Participant[] {
    return participantsIn(this.#view, this.#context.userId, this.remoteTracks);
  }

  /** A call that others are already in still counts as ringing until this user answers. */
  get state(): CallState {
    if (this.#ending !== undefined) return 'ended';
    const self = selfIn(this.#view, this.#context.userId);
    return this.#view.phase === 'active' && self?.state === 'joined' ? 'active' : 'ringing';
  }

  async answer(options: AnswerOptions = {}): Promise<void> {
    try {
      await unlessAborted(
        options,
        () => this.#answer(options),
        () => this.leave(),
      );
    } catch (error) {
      if (isVeilcastError(error, 'aborted')) this.#local.hush();
      throw error;
    }
  }

  async #answer(options: AnswerOptions): Promise<void> {
    this.#mark('answerClicked');
    // Loaded long ago. Rejects if this browser cannot carry calls.
    await this.#context.device;
    this.#isMine = true;
    const answered = answerUntilHeard(this.#context.signalling, this.id);
    this.#local.choose(options.devices);
    void this.#local.open(this.#wantedBy(options));
    try {
      const view = await answered;
      this.#mark('answerAcknowledged');
      this.update(view);
    } catch (error) {
      if (isVeilcastError(error, 'answered_elsewhere')) this.finish('answered_elsewhere');
      else this.#local.hush();
      throw error;
    }
  }

  decline(): Promise<void> {
    return this.#hangUp('decline', 'declined');
  }

  cancel(): Promise<void> {
    return this.#hangUp('cancel', 'cancelled');
  }

  leave(): Promise<void> {
    const continues = continuesWithout(this.#view, this.#context.userId);
    return this.#hangUp('leave', this.state === 'ringing' ? 'cancelled' : continues ? 'left' : 'hangup');
  }

  end(waiting?: Waiting): Promise<void> {
    return this.#ask(waiting, () => this.#context.api.changeCall('end', this.id, { deviceId: this.#context.deviceId }));
  }

  invite(userIds: readonly string[], waiting?: Waiting): Promise<void> {
    return this.#ask(waiting, () => {
      checkUserIds(userIds, 'userIds');
      return this.#context.signalling.request('invite', { callId: this.id, userIds: [...userIds] });
    });
  }
  hold(waiting?: Waiting): Promise<void> {
    return this.#ask(waiting, () => {
      this.#local.hold();
      return this.#context.signalling.request('hold', { callId: this.id, onHold: true });
    });
  }
  async unhold(waiting?: Waiting): Promise<void> {
    await this.#ask(waiting, () => this.#context.signalling.request('hold', { callId: this.id, onHold: false }));
    await unlessAborted(waiting, () => this.#local.unhold());
  }
  mute(userId: string, waiting?: Waiting): Promise<void> {
    return this.#ask(waiting, () => this.#context.signalling.request('mute', { callId: this.id, userId }));
  }
  remove(userId: string, waiting?: Waiting): Promise<void> {
    return this.#ask(waiting, () => this.#context.signalling.request('remove', { callId: this.id, userId }));
  }
  removeViewer(userId: string, waiting?: Waiting): Promise<void> {
    return unlessAborted(waiting, () => this.#context.api.removeViewer({ callId: this.id, userId }));
  }

  async setMicrophone(on: boolean, waiting?: Waiting): Promise<void> {
    try {
      await unlessAborted(waiting, () => this.#local.setMicrophone(on));
    } finally {
      if (waiting?.signal?.aborted === true && !this.microphoneOn) await this.#local.setMicrophone(false);
    }
  }
  async setCamera(on: boolean, waiting?: Waiting): Promise<void> {
    try {
      await unlessAborted(waiting, () => this.#local.setCamera(on));
    } finally {
      if (waiting?.signal?.aborted === true && !this.cameraOn) await this.#local.setCamera(false);
    }
  }
  useDevice(kind: 'microphone' | 'camera', deviceId: string, waiting?: Waiting): Promise<void> {
    return unlessAborted(waiting, () => this.#local.useDevice(kind, deviceId));
  }
  deviceInUse(kind: 'microphone' | 'camera'): string | undefined {
    return this.#local.deviceInUse(kind);
  }
  shareScreen(on: boolean, waiting?: Waiting): Promise<void> {
    return unlessAborted(waiting, () => this.#local.shareScreen(on, waiting));
  }

  preferLayer(trackId: string, spatialLayer: number, waiting?: Waiting): Promise<void> {
    return unlessAborted(waiting, () => this.carrier.remote.prefer(trackId, spatialLayer));
  }

  /** Prepares all media before the user answers. Opens no device; listing them makes opening faster. */
  makeReady(): void {
    void this.carrier.join();
    void listDevices().catch(() => undefined);
  }

  /** For a user who is in the call already. */
  start(options: AnswerOptions): void {
    void this.carrier.join();
    this.#local.choose(options.devices);
    const open = this.#wantedBy(options);
    if (this.onHold) this.#local.hold(open);
    else void this.#local.open(open);
  }

  /** After a reload: opens the devices that were on before, or fewer. */
  async takeUp(): Promise<void> {
    void this.carrier.join();
    const before = recallDevices(this.id) ?? nothingOn;
    const microphone = before.microphone && !(await this.#wasMutedSince(before.lastEvent));
    if (this.#ending !== undefined) return;
    const open = { microphone, camera: before.camera };
    if (this.onHold) this.#local.hold(open);
    else await this.#local.open(open);
  }

  /** Applies a state of the call from the server. Drops it if it is older than the known one. */
  update(view: CallView): void {
    if (this.#ending !== undefined || view.lastEvent < this.#view.lastEvent) return;
    this.#view = view;
    if (this.state === 'active') this.carrier.flow();
    const ending = endingOf(view, this.#context.userId, this.#isMine);
    if (ending === undefined) this.emit('changed', undefined);
    else this.finish(ending);
  }

  /** Handles events of the call that its state does not show. */
  heard(events: readonly CallEventView[]): void {
    for (const { type, userId, by } of events) {
      if (type !== 'call.muted' || userId !== this.#context.userId || !this.microphoneOn) continue;
      // The server has already paused the track. The device, its light and the user's screen must follow.
      void this.#local.setMicrophone(false);
      this.emit('mutedBy', by ?? '');
    }
  }

  admit({ call, ticket }: AdmittedCall): void {
    this.#ticket = ticket;
    this.update(call);
  }

  /** After a lost socket, once the state from the new one is applied. */
  async resume(): Promise<void> {
    if (this.#ending === undefined) await this.carrier.resume();
  }

  speakers(speakers: CallEvents['speakers']): void {
    this.emit('speakers', speakers);
  }

  sessionEnded(why: FinalEnding): void {
    // In other cases the state of the call says why; it is on its way.
    if (why === 'replaced' || why === 'answered_elsewhere') this.finish(why);
  }

  finish(ending: CallEnding): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#endedAt = this.#view.endedAt ?? Date.now();
    this.carrier.close();
    this.#local.close();
    forgetDevices(this.id);
    this.emit('ended', ending);
    this.emit('changed', undefined);
  }

  /** The answer is the newest state of the call. Apply it even if nobody waits for it any more. */
  #ask(waiting: Waiting | undefined, request: () => Promise<CallView>): Promise<void> {
    return unlessAborted(waiting, async () => {
      this.update(await request());
    });
  }

  #wantedBy({ microphone = true, camera = this.media === 'video' }: AnswerOptions): Wanted {
    return { microphone, camera };
  }

  #rememberDevices(): void {
    if (this.#ending !== undefined) return;
    const { microphone, camera } = this.#local.wanted;
    // A device that is still opening counts as on only if it was on before.
    const { microphone: heard, camera: seen } = this.#local.isOpening ? (recallDevices(this.id) ?? nothingOn) : allOn;
    const { lastEvent } = this.#view;
    rememberDevices(this.id, { microphone: microphone && heard, camera: camera && seen, lastEvent });
  }

  /** True also if this cannot be determined: to leave a microphone off is safe. */
  async #wasMutedSince(after: number): Promise<boolean> {
    if (after >= this.#view.lastEvent) return false;
    try {
      const { events } = await this.#context.signalling.request('events', { callId: this.id, after });
      return events.some(({ type, userId }) => type === 'call.muted' && userId === this.#context.userId);
    } catch {
      return true;
    }
  }

  async #readmit(): Promise<void> {
    const admitted = await this.#context.api.getCall(this.id).catch(() => undefined);
    if (admitted !== undefined) this.admit(admitted);
  }

  /** Ends the call on this device at once, however long the request to the server takes. */
  async #hangUp(word: HangUp, ending: CallEnding): Promise<void> {
    const said = this.#context.pendingHangups.say(this.id, word);
    this.finish(ending);
    await said;
  }

  /** Keeps the first time of each. */
  #mark(name: keyof CallTimings): void {
    this.#timings[name] ??= performance.now();
  }
}
