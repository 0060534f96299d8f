/** The connection of one user on one device: their calls, settings and history. */
import './connection/zodWithoutEval.ts';
import type { Device } from 'mediasoup-client';
import type { AdmittedCall, CallView } from '../protocol/shared/calls.ts';
import type { Callable, ChangeSettings, Settings } from '../protocol/http/http.ts';
import type { HistoryPage } from '../protocol/http/history.ts';
import type { AnswerOptions, Call, CallOptions } from './calls/call.ts';
import { callId } from '../protocol/shared/ids.ts';
import { Addresses } from './connection/addresses.ts';
import { checkCall, checkConnectOptions, checkUserIds } from './checkOptions.ts';
import { clientEvents } from './clientOptions.ts';
import type { ClientEvents, ConnectOptions } from './clientOptions.ts';
import { whyNoCalls } from './connection/capabilities.ts';
import { loadDevice, loadSteadyDevice } from './media/codecs.ts';
import { Emitter } from './support/emitter.ts';
import { endingOf } from './calls/ending.ts';
import { VeilcastError, isVeilcastError } from './support/errors.ts';
import { HttpApi } from './connection/httpApi.ts';
import { PendingHangups } from './calls/pendingHangups.ts';
import { LiveCall } from './calls/liveCall.ts';
import { leaveDevice, takeDevice } from './connection/liveClients.ts';
import { LiveWatch } from './calls/liveWatch.ts';
import { onNetworkChange } from './connection/networkChange.ts';
import { keepaliveOf } from './connection/keepalive.ts';
import type { Keepalive } from './connection/keepalive.ts';
import { Credential } from './connection/credential.ts';
import { sessionNotifications } from './media/sessionNotifications.ts';
import { Signalling } from './connection/signalling.ts';
import type { ConnectionState, Hello } from './connection/signalling.ts';
import type { NotificationHandlers } from './connection/socket.ts';
import { isAborted, unlessAborted } from './support/abortable.ts';
import type { Waiting } from './support/abortable.ts';
import type { WatchOptions, WatchedCall } from './calls/watchedCall.ts';

/**
 * A connected user. Every method rejects with a {@link VeilcastError}. Besides the codes that a method names, each may
 * reject with `disconnected`, `timed_out`, `closed`, `unavailable`, `too_many_requests`, and with `aborted` if it takes
 * a signal. Instants are in milliseconds since 1970.
 */
export class VeilcastClient extends Emitter<ClientEvents> {
  /** From the options, or generated: 8 to 64 letters, digits, `_` and `-`. */
  readonly deviceId: string;
  /** Identifies this device at this service. A page has one live client for it. */
  readonly #place: string;
  readonly #api: HttpApi;
  readonly #signalling: Signalling;
  readonly #pendingHangups: PendingHangups;
  readonly #calls = new Map<string, LiveCall>();
  readonly #watched = new Set<LiveWatch>();
  /** Changes of calls that are being created here. They may arrive before the answer to the creation. */
  readonly #early = new Map<string, CallView>();
  #creating = 0;
  #userId = '';
  #device: Promise<Device> = Promise.reject(new VeilcastError('closed'));
  /** For calls with audio at a constant bit rate. Most users never make one. */
  #steadyDevice: Promise<Device> | undefined;
  #hello: Hello | undefined;
  #keepalive: Keepalive | undefined;
  #stopListening: () => void = () => undefined;

  private constructor({ url, token, deviceId, openWebSocket }: ConnectOptions) {
    super(clientEvents);
    this.#device.catch(() => undefined);
    this.deviceId = deviceId ?? crypto.randomUUID();
    this.#place = JSON.stringify([url, this.deviceId]);
    const addresses = new Addresses(url);
    const credential = new Credential(token);
    this.#api = new HttpApi({ addresses, credential });
    this.#signalling = new Signalling({
      deviceId: this.deviceId,
      addresses,
      credential,
      openWebSocket,
      notified: this.#notificationHandlers(),
    });
    this.#pendingHangups = new PendingHangups(this.#signalling);
    this.#signalling.on('state', (state) => {
      this.emit('connection', state);
      for (const { carrier } of this.#carried()) carrier.connectionChanged();
    });
    this.#signalling.on('again', (hello) => void this.#takeUpAgain(hello));
    this.#signalling.on('closed', (why) => {
      this.#closed(why);
    });
  }

  /**
   * Connects, loads what the server supports, and resumes calls that this device is in. Rejects if the server cannot be
   * reached or refuses the token, with `aborted` after an abort, and with `invalid_request` for a bad `deviceId`. Later
   * losses of the connection are repaired silently (see the `connection` event). A browser that cannot make calls is
   * rejected before this device could ring: with `insecure_context`, `webrtc_missing` or `media_unsupported`.
   */
  static async connect(options: ConnectOptions): Promise<VeilcastClient> {
    const missing = whyNoCalls();
    if (missing !== undefined) throw missing;
    checkConnectOptions(options);
    let client: VeilcastClient | undefined;
    const connect = async () => {
      client = new VeilcastClient(options);
      await client.#begin();
      return client;
    };
    try {
      return await unlessAborted(options, connect);
    } catch (error) {
      client?.close();
      throw error;
    }
  }

  /** The user of the token, as the app named them. */
  get userId(): string {
    return this.#userId;
  }

  /** State of the connection to the server; media of calls has its own: see {@link Call.connection}. */
  get connection(): ConnectionState {
    return this.#signalling.state;
  }

  /** Live calls of this device: those that ring, and those it is in. */
  get calls(): readonly Call[] {
    return [...this.#calls.values()];
  }

  /**
   * Calls one or more users. Resolves as soon as it rings; camera and microphone open meanwhile. Rejects with
   * `not_callable`, `user_busy`, `calling_off`, `call_full`, `too_many_requests`, `aborted`, …
   */
  call(callees: readonly string[], options: CallOptions): Promise<Call> {
    return unlessAborted(options, () => this.#call(callees, options));
  }

  async #call(callees: readonly string[], options: CallOptions): Promise<Call> {
    checkCall(callees, options);
    const { media, sensitive, ...open } = options;
    await this.#device;
    this.#creating += 1;
    try {
      const admitted = await this.#api.createCall({
        callees: [...callees],
        media,
        deviceId: this.deviceId,
        ...(sensitive === undefined ? {} : { sensitive }),
      });
      const known = this.#calls.get(admitted.call.id);
      // The callee called at the same moment, and this is their call.
      if (known !== undefined) {
        await known.answer(open);
        return known;
      }
      const call = this.#add(admitted);
      if (isAborted(options)) await call.cancel();
      else call.start(open);
      const early = this.#early.get(call.id);
      if (early) call.update(early);
      return call;
    } finally {
      this.#creating -= 1;
      if (this.#creating === 0) this.#early.clear();
    }
  }

  /**
   * Returns to a group call that continues, or joins one late that was declined or missed. Camera and microphone open
   * meanwhile. Rejects with `call_ended`, `call_full`, `not_allowed` (after a removal), …
   */
  rejoin(callId: string, options: AnswerOptions = {}): Promise<Call> {
    return unlessAborted(options, () => this.#rejoin(callId, options));
  }

  async #rejoin(callId: string, options: AnswerOptions): Promise<Call> {
    const known = this.#calls.get(callId);
    if (known !== undefined) {
      if (known.state === 'ringing') await known.answer(options);
      return known;
    }
    await this.#device;
    const admitted = await this.#api.changeCall('rejoin', callId, { deviceId: this.deviceId });
    const call = this.#add(admitted);
    if (isAborted(options)) await call.leave();
    else call.start(options);
    return call;
  }

  /**
   * Watches a call with a ticket from the app's backend. Resolves when the session is joined. A lost session is joined
   * again until the call ends, unless the server is unreachable for too long. Rejects with `call_ended`,
   * `call_not_found`, `ticket_invalid`, …
   */
  watch(id: string, options: WatchOptions): Promise<WatchedCall> {
    return unlessAborted(
      options,
      () => this.#watch(id, options),
      (late) => late.leave(),
    );
  }

  async #watch(id: string, options: WatchOptions): Promise<WatchedCall> {
    const { data: known } = callId.safeParse(id);
    if (known === undefined) throw new VeilcastError('call_not_found');
    const watch = await LiveWatch.admitted(known, options.ticket, { ...this.#carriage(), device: this.#device });
    if (isAborted(options)) return watch;
    // If the server is down, joining continues for a while. Stop it when the app aborts.
    const giveUp = () => void watch.leave();
    options.signal?.addEventListener('abort', giveUp);
    // Notifications for its session arrive before it is joined.
    this.#watched.add(watch);
    watch.once('ended', () => {
      this.#watched.delete(watch);
    });
    await watch.begin().finally(() => {
      options.signal?.removeEventListener('abort', giveUp);
    });
    return watch;
  }

  /** Whether this user may call the other one. If not, the answer says as much of the reason as this user may know. */
  callable(userId: string, waiting?: Waiting): Promise<Callable> {
    return unlessAborted(waiting, () => this.#api.callable(userId));
  }

  /** Who may call this user, and when. */
  settings(waiting?: Waiting): Promise<Settings> {
    return unlessAborted(waiting, () => this.#api.getSettings());
  }

  /**
   * Like `callable`, for up to 100 users, in the order of `userIds`. `group` asks whether they may be added to a call
   * of more than two. Rejects with `invalid_request` for more users.
   */
  callables(
    userIds: readonly string[],
    { group = false, signal }: Waiting & { group?: boolean } = {},
  ): Promise<readonly (Callable & { userId: string })[]> {
    return unlessAborted({ signal }, () => {
      checkUserIds(userIds, 'userIds');
      return this.#api.callables(userIds, group);
    });
  }

  /**
   * Changes only the given settings, and resolves with all of them. Calling is off until the user switches it on.
   * Rejects with `invalid_request`, whose `issues` name the fields.
   */
  changeSettings(change: ChangeSettings, waiting?: Waiting): Promise<Settings> {
    return unlessAborted(waiting, () => this.#api.changeSettings(change));
  }

  /**
   * Ended calls, newest first. `limit`: 1 to 100, 20 by default; `after`: `next` of the previous page. Rejects with
   * `invalid_request` for another cursor.
   */
  history({ limit = 20, after, signal }: Waiting & { limit?: number; after?: string } = {}): Promise<HistoryPage> {
    return unlessAborted({ signal }, () => this.#api.history(limit, after));
  }

  /** The user has seen their history up to `upTo`, in milliseconds since 1970. The mark never moves backwards. */
  seeHistory(upTo: number, waiting?: Waiting): Promise<void> {
    return unlessAborted(waiting, () => this.#api.seeHistory(upTo));
  }

  async #begin(): Promise<void> {
    const isFree = takeDevice(this.#place, {
      close: (why) => {
        this.#signalling.close(why);
      },
      helloDone: () => this.#signalling.helloDone(),
    });
    this.#start(await this.#signalling.connect(isFree));
    await this.#device;
  }

  /** Disconnects. Does not leave calls: another connection of the same device may resume them. */
  close(): void {
    this.#signalling.close();
  }

  #start(hello: Hello): void {
    this.#userId = hello.userId;
    this.#hello = hello;
    this.#device = loadDevice(hello);
    // The error is reported by `connect`, and by each call.
    this.#device.catch(() => undefined);
    const signalling = this.#signalling;
    const keepalive = keepaliveOf(signalling);
    this.#keepalive = keepalive;
    const stopListening = onNetworkChange(() => {
      signalling.renew();
      for (const { carrier } of this.#carried()) carrier.heal();
    });
    this.#stopListening = () => {
      keepalive.stop();
      stopListening();
    };
    for (const admitted of hello.calls) this.#takeUp(admitted);
  }

  /** Handles a call from `hello`: it rings here, is resumed after a reload, or belongs to another device. */
  #takeUp(admitted: AdmittedCall): void {
    if (endingOf(admitted.call, this.#userId, false) !== undefined) return;
    // Ended here while disconnected. The request to the server is under way, so nothing opens again.
    if (this.#pendingHangups.isUnconfirmed(admitted.call.id)) return;
    const call = this.#add(admitted);
    if (admitted.call.answeredHere === true) {
      void call.takeUp();
      return;
    }
    call.makeReady();
    this.emit('incoming', call);
  }

  async #takeUpAgain(hello: Hello): Promise<void> {
    for (const watch of this.#watched) watch.resume();
    const listed = new Set<string>(hello.calls.map(({ call }) => call.id));
    for (const admitted of hello.calls) {
      const known = this.#calls.get(admitted.call.id);
      if (known === undefined) this.#takeUp(admitted);
      else {
        known.admit(admitted);
        void known.resume();
      }
    }
    // These ended while this client was disconnected. The server knows the reason for a while.
    const missing = [...this.#calls.values()].filter(({ id }) => !listed.has(id));
    await Promise.all(missing.map((call) => this.#findOut(call)));
  }

  async #findOut(call: LiveCall): Promise<void> {
    try {
      call.admit(await this.#api.getCall(call.id));
    } catch (error) {
      if (isVeilcastError(error, 'call_not_found', 'not_found', 'call_ended')) call.finish('connection_lost');
    }
  }

  #add(admitted: AdmittedCall): LiveCall {
    const call = new LiveCall(admitted, {
      userId: this.#userId,
      deviceId: this.deviceId,
      ...this.#carriage(),
      pendingHangups: this.#pendingHangups,
      api: this.#api,
      device: this.#deviceFor(admitted.call),
    });
    this.#calls.set(call.id, call);
    call.once('ended', () => {
      this.#calls.delete(call.id);
      this.emit('calls', this.calls);
    });
    this.emit('calls', this.calls);
    return call;
  }

  #carriage() {
    const isThere = async () => (await this.#keepalive?.answersSoon()) ?? false;
    return { signalling: this.#signalling, isThere };
  }

  #carried(): readonly (LiveCall | LiveWatch)[] {
    return [...this.#calls.values(), ...this.#watched];
  }

  #closed(why: VeilcastError): void {
    this.#stopListening();
    leaveDevice(this.#place);
    for (const one of this.#carried()) one.finish(why.code === 'replaced' ? 'replaced' : 'connection_lost');
    this.emit('closed', why);
  }

  #notificationHandlers(): NotificationHandlers {
    return {
      'call.incoming': (admitted) => {
        const known = this.#calls.get(admitted.call.id);
        if (known === undefined) this.#takeUp(admitted);
        else known.admit(admitted);
      },
      'call.changed': ({ call, events }) => {
        const known = this.#calls.get(call.id);
        if (known !== undefined) {
          known.update(call);
          known.heard(events);
        } else if (this.#creating > 0) this.#early.set(call.id, call);
      },
      'token.expiring': () => void this.#signalling.renewToken(),
      ...sessionNotifications(() => this.#carried()),
    };
  }

  #deviceFor({ sensitive }: AdmittedCall['call']): Promise<Device> {
    if (sensitive !== true || this.#hello === undefined) return this.#device;
    this.#steadyDevice ??= loadSteadyDevice(this.#hello);
    this.#steadyDevice.catch(() => undefined);
    return this.#steadyDevice;
  }
}
