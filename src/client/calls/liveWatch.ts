/** A call that this device watches: one media session after another for as long as the ticket allows. */
import type { Device } from 'mediasoup-client';
import type { CallView } from '../../protocol/shared/calls.ts';
import type { Speakers } from './call.ts';
import { CallMedia } from '../media/callMedia.ts';
import type { TokenSource } from '../connection/credential.ts';
import { Emitter } from '../support/emitter.ts';
import { VeilcastError, asVeilcastError, isVeilcastError } from '../support/errors.ts';
import type { Session } from '../media/session.ts';
import type { Carried, FinalEnding } from '../media/sessionNotifications.ts';
import type { Signalling } from '../connection/signalling.ts';
import { watchEvents } from './watchedCall.ts';
import type { WatchEnding, WatchEvents, WatchedCall } from './watchedCall.ts';

export interface WatchContext {
  readonly signalling: Signalling;
  /** Whether the server answers on the socket. A socket without an answer is replaced. */
  readonly isThere: () => Promise<boolean>;
  readonly device: Promise<Device>;
}

interface Admission {
  readonly callId: CallView['id'];
  readonly source: TokenSource;
  ticket: string;
}

export class LiveWatch extends Emitter<WatchEvents> implements WatchedCall, Carried {
  readonly id: CallView['id'];
  readonly carrier: CallMedia;
  readonly #signalling: Signalling;
  readonly #admission: Admission;
  #refusal: VeilcastError | undefined;
  #ending: WatchEnding | undefined;

  private constructor(admission: Admission, { signalling, isThere, device }: WatchContext) {
    super(watchEvents);
    const { callId } = admission;
    this.id = callId;
    this.#signalling = signalling;
    this.#admission = admission;
    this.carrier = new CallMedia({
      callId,
      signalling,
      isThere,
      device,
      tickets: { current: () => admission.ticket, renew: (refusal) => renew(admission, refusal) },
      // Called when a session is resumed. Viewers never resume one.
      admitted: () => undefined,
      refused: (why) => {
        this.#refused(why);
      },
      dueTracks: () => this.remoteTracks.filter(({ muted }) => !muted),
    });
    for (const name of ['track', 'trackRemoved', 'trackReplaced'] as const) {
      this.carrier.on(name, (track) => {
        this.emit(name, track);
      });
    }
    this.carrier.on('changed', () => {
      this.emit('changed', undefined);
    });
    this.carrier.on('quality', (quality) => {
      this.emit('quality', quality);
    });
    this.carrier.on('problem', (problem) => {
      this.emit('problem', problem);
    });
    this.carrier.flow();
  }

  /** Rejects if the app supplies no ticket. */
  static async admitted(callId: CallView['id'], source: TokenSource, context: WatchContext): Promise<LiveWatch> {
    return new LiveWatch({ callId, source, ticket: await source({ refused: false }) }, context);
  }

  /** Resolves when the call is joined. Rejects with `call_ended`, `ticket_invalid`, `disconnected`, … */
  async begin(): Promise<void> {
    await this.carrier.join();
    if (this.#ending !== undefined) throw this.#refusal ?? new VeilcastError('closed');
  }

  get connection() {
    return this.carrier.connection;
  }
  get ending() {
    return this.#ending;
  }
  get remoteTracks() {
    return this.carrier.remote.all;
  }

  async preferLayer(trackId: string, spatialLayer: number): Promise<void> {
    await this.carrier.remote.prefer(trackId, spatialLayer);
  }

  async leave(): Promise<void> {
    // The session ends with its socket, so a request that fails needs no retry.
    const left = this.carrier.sessions.map(({ id }) =>
      this.#signalling.request('leaveSession', { sessionId: id }).catch(() => undefined),
    );
    this.finish('left');
    await Promise.all(left);
  }

  /** Asks the app for a new ticket and sends it to the server, so that the session continues. */
  ticketExpiring({ id: sessionId }: Session): void {
    const refused = new VeilcastError('ticket_expired');
    renew(this.#admission, refused)
      .then(() => this.#signalling.request('renewTicket', { sessionId, ticket: this.#admission.ticket }))
      .catch((error: unknown) => {
        // The session ends with its ticket. Joining again asks the app once more.
        this.emit('problem', asVeilcastError(error, 'ticket_expired'));
      });
  }

  /** On a new socket. The server has ended the sessions of the old one. */
  resume(): void {
    const { sessions } = this.carrier;
    for (const session of sessions) this.carrier.lost(session);
    if (sessions.length === 0) void this.carrier.join();
  }

  speakers(speakers: Speakers): void {
    this.emit('speakers', speakers);
  }

  sessionEnded(why: FinalEnding): void {
    this.finish(why === 'answered_elsewhere' ? 'replaced' : why);
  }

  finish(ending: WatchEnding): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.carrier.close();
    this.emit('ended', ending);
    this.emit('changed', undefined);
  }

  #refused(why: VeilcastError): void {
    this.#refusal = why;
    this.finish(isVeilcastError(why, 'call_ended', 'call_not_found') ? 'call_ended' : 'connection_lost');
  }
}

/**
 * Gives up if the app returns the same ticket, since a second attempt would fail as well. If the app fails, the old
 * ticket stays and the app is asked again later; a `VeilcastError` from the app is passed on.
 */
async function renew(admission: Admission, refusal: VeilcastError): Promise<void> {
  const fresh = await admission.source({ refused: true }).catch((error: unknown) => {
    if (isVeilcastError(error)) throw error;
    return undefined;
  });
  if (fresh === admission.ticket) throw refusal;
  admission.ticket = fresh ?? admission.ticket;
}
