/** A device of a user: the SDK's own connection and HTTP, with the media of a seat in place of a browser's. */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { Addresses } from '../../client/connection/addresses.ts';
import { Credential } from '../../client/connection/credential.ts';
import type { TokenSource } from '../../client/connection/credential.ts';
import { HttpApi } from '../../client/connection/httpApi.ts';
import { Signalling } from '../../client/connection/signalling.ts';
import type { NotificationHandlers } from '../../client/connection/socket.ts';
import { asVeilcastError } from '../../client/support/errors.ts';
import type { AdmittedCall, CallView } from '../../protocol/shared/calls.ts';
import type { RtpCapabilities } from '../../protocol/shared/media.ts';
import type { Subscription } from '../../protocol/socket/notifications.ts';
import type { MediaTally } from '../figures/tally.ts';
import type { Identity } from '../media/openssl.ts';
import { KeyedEvents } from './keyedEvents.ts';
import type { Joined, PartyDevice, Rang } from './party.ts';
import { Seat } from './seat.ts';
import type { SeatOptions, Voices } from './seat.ts';

export interface DeviceOptions {
  readonly url: string;
  readonly userId: string;
  /** Asked before each request. */
  readonly token: TokenSource;
  readonly identity: Identity;
  readonly mayReach: SeatOptions['mayReach'];
  readonly voices: Voices;
}

export class Device implements PartyDevice {
  readonly userId: string;
  readonly api: HttpApi;
  readonly signalling: Signalling;
  readonly rang = new KeyedEvents<Rang>();
  /** `performance.now()` when it was notified that a call is over. */
  readonly over = new KeyedEvents<number>();
  readonly #deviceId = `load-${randomBytes(8).toString('hex')}`;
  readonly #options: DeviceOptions;
  readonly #seats = new Map<string, Seat>();
  /** Of sessions whose join is not answered here yet. */
  readonly #early = new Map<string, Subscription[]>();
  #rtpCapabilities: RtpCapabilities | undefined;

  constructor(options: DeviceOptions) {
    this.userId = options.userId;
    this.#options = options;
    const { url, token } = options;
    const credential = new Credential(token);
    this.api = new HttpApi({ addresses: new Addresses(url), credential });
    this.signalling = new Signalling({
      addresses: new Addresses(url),
      credential,
      deviceId: this.#deviceId,
      notified: this.#handlers(),
      openWebSocket: (address) => new WebSocket(address),
    });
  }

  async connect(): Promise<void> {
    const { routerRtpCapabilities } = await this.signalling.connect();
    this.#rtpCapabilities = routerRtpCapabilities;
  }

  call(callees: readonly string[]): Promise<AdmittedCall> {
    return this.api.createCall({ callees: [...callees], media: 'audio', deviceId: this.#deviceId });
  }

  async answer(callId: CallView['id']): Promise<void> {
    await this.signalling.request('answer', { callId });
  }

  async act(callId: CallView['id'], verb: 'decline' | 'cancel' | 'leave'): Promise<void> {
    await this.signalling.request(verb, { callId });
  }

  /** For everybody. */
  async end(callId: CallView['id']): Promise<void> {
    await this.api.changeCall('end', callId, { deviceId: this.#deviceId });
  }

  async rejoin(callId: CallView['id']): Promise<AdmittedCall['ticket']> {
    return (await this.signalling.request('rejoin', { callId })).ticket;
  }

  async join(ticket: string, tally: MediaTally | undefined): Promise<Joined> {
    const { signalling, userId } = this;
    const { identity, mayReach, voices } = this.#options;
    const rtpCapabilities = this.#rtpCapabilities;
    if (rtpCapabilities === undefined) throw new Error(`${userId} is not connected`);
    const options = { userId, voices, signalling, ticket, rtpCapabilities, identity, mayReach, tally };
    return Seat.take(options, (seat) => {
      this.#seats.set(seat.sessionId, seat);
      this.#take(seat, this.#early.get(seat.sessionId) ?? []);
      this.#early.delete(seat.sessionId);
    });
  }

  count(): void {
    for (const seat of this.#seats.values()) seat.count();
  }

  /** What is left of its calls. */
  clear(callId: string | undefined): void {
    for (const seat of this.#seats.values()) seat.close();
    this.#seats.clear();
    this.#early.clear();
    if (callId === undefined) return;
    this.rang.forget(callId);
    this.over.forget(callId);
  }

  close(): void {
    for (const seat of this.#seats.values()) seat.close();
    this.signalling.close();
  }

  #handlers(): NotificationHandlers {
    const ignored = () => undefined;
    return {
      'call.incoming': ({ call, ticket }) => {
        this.rang.emit(call.id, { at: performance.now(), ticket });
      },
      'call.changed': ({ call }) => {
        if (call.phase === 'ended') this.over.emit(call.id, performance.now());
      },
      'subscription.added': ({ sessionId, subscriptions }) => {
        const seat = this.#seats.get(sessionId);
        if (seat !== undefined) this.#take(seat, subscriptions);
        else this.#early.set(sessionId, [...(this.#early.get(sessionId) ?? []), ...subscriptions]);
      },
      'subscription.removed': ignored,
      'subscription.paused': ignored,
      'subscription.layers': ignored,
      'token.expiring': () => {
        void this.signalling.renewToken();
      },
      'ticket.expiring': ignored,
      speakers: ignored,
      'session.moving': ignored,
      'session.closed': ignored,
    };
  }

  #take(seat: Seat, subscriptions: readonly Subscription[]): void {
    seat.added(subscriptions).catch((error: unknown) => {
      seat.fail(asVeilcastError(error, 'internal'));
    });
  }
}
