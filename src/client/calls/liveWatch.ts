/** A call that this device watches: one media session after the other for as long as the ticket admits. */
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
import type { WatchEnding, WatchEvents, WatchedCall } from './watchedCall.ts';

export interface WatchContext {
  readonly signalling: Signalling;
  /** Whether the server answers on the socket. One that does not is left for another. */
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
    super();
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
      // Told when a session is resumed, which those who watch never do.
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

  /** Rejects when the app has no ticket. */
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
    // With the socket the session goes, too: what cannot be said any more need not be.
    const left = this.carrier.sessions.map(({ id }) =>
      this.#signalling.request('leaveSession', { sessionId: id }).catch(() => undefined),
    );
    this.finish('left');
    await Promise.all(left);
  }

  /** The app is asked for another ticket, which the server takes for the session that goes on. */
  ticketExpiring({ id: sessionId }: Session): void {
    const refused = new VeilcastError('ticket_expired');
    renew(this.#admission, refused)
      .then(() => this.#signalling.request('renewTicket', { sessionId, ticket: this.#admission.ticket }))
      .catch((error: unknown) => {
        // The session ends with its ticket, and joining again asks once more.
        this.emit('problem', asVeilcastError(error, 'ticket_expired'));
      });
  }

  /** On a new socket: the server has ended what went by the old one. */
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
 * One that the app has no better for is of no use a second time. An app that cannot tell now is asked again; what it says
 * with a code of ours counts.
 */
async function renew(admission: Admission, refusal: VeilcastError): Promise<void> {
  const fresh = await admission.source({ refused: true }).catch((error: unknown) => {
    if (isVeilcastError(error)) throw error;
    return undefined;
  });
  if (fresh === admission.ticket) throw refusal;
  admission.ticket = fresh ?? admission.ticket;
}
