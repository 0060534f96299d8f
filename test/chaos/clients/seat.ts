/** One session of a device in a broadcast, with its media. */
import { StallDetector } from '../../../src/client/ice/stallDetector.ts';
import type { RtpCapabilities } from '../../../src/protocol/shared/media.ts';
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import type { RequestResult } from '../../../src/protocol/socket/requests.ts';
import { Participant } from '../../support/participant.ts';
import type { ParticipantSignalling } from '../../support/participant.ts';
import { now, say } from './ears.ts';
import type { Ears } from './ears.ts';
import type { Link } from './link.ts';

export type SessionId = RequestResult<'join'>['sessionId'];
export interface SeatOptions {
  readonly callId: string;
  readonly ticket: string;
  readonly link: Link;
  readonly rtpCapabilities: RtpCapabilities;
  readonly ears: Ears;
  readonly localAddress: string;
  /** Speaks and listens; else it is in the call and neither sends nor receives. */
  readonly media: boolean;
  /** Nothing comes any more, as the SDK finds it. */
  readonly still: () => void;
}

export class Seat {
  readonly sessionId: SessionId;
  /** Where its media goes: the address and port of the media worker that has it, and since when. */
  readonly place: { readonly address: string | undefined; readonly port: number | undefined; readonly since: number };
  /** From whom something has come over this session. */
  readonly heardFrom = new Set<string>();
  readonly #participant: Participant;
  readonly #known = new Set<string>();
  readonly #stallDetector: StallDetector;
  readonly #media: boolean;
  #packets = 0;
  closed = false;
  /** Something of it was lost with a socket: it is joined anew on the next. */
  broken = false;

  private constructor(joined: RequestResult<'join'>, options: SeatOptions) {
    const { callId, ears, localAddress, link } = options;
    this.sessionId = joined.sessionId;
    this.#media = options.media;
    const [candidate] = joined.receive.iceCandidates;
    this.place = { address: candidate?.address, port: candidate?.port, since: now() };
    this.#participant = new Participant({
      ...joined,
      bindAddress: localAddress,
      say,
      hear: (subscription, payload) => {
        this.heardFrom.add(subscription.userId);
        this.#packets += 1;
        ears.hear(callId, subscription, payload);
      },
      signalling: signallingOver(link, joined.sessionId),
    });
    const came = () =>
      Promise.resolve(new Map([['all', { type: 'transport', id: 'all', packetsReceived: this.#packets }]]));
    this.#stallDetector = new StallDetector({ transport: { getStats: came }, still: options.still });
    this.#stallDetector.start();
  }

  /** Joins; whoever took it takes up what is offered with it, and lets it speak. */
  static async take(options: SeatOptions): Promise<{ seat: Seat; subscriptions: readonly Subscription[] }> {
    const { ticket, link, rtpCapabilities } = options;
    const joined = await link.request('join', { ticket, rtpCapabilities });
    return { seat: new Seat(joined, options), subscriptions: joined.subscriptions };
  }

  async speak(): Promise<void> {
    if (this.#media) await this.#participant.publish(['microphone']);
  }

  async added(subscriptions: readonly Subscription[]): Promise<void> {
    const fresh = subscriptions.filter(({ subscriptionId }) => !this.#known.has(subscriptionId));
    for (const { subscriptionId } of fresh) this.#known.add(subscriptionId);
    if (!this.closed && this.#media) await this.#participant.subscribed(fresh);
  }

  removed(subscriptionIds: readonly string[]): void {
    for (const id of subscriptionIds) this.#known.delete(id);
    this.#participant.unsubscribed(subscriptionIds);
  }

  /** After a resume: what the server offers now is all there is. */
  async reconcile(subscriptions: readonly Subscription[]): Promise<void> {
    const offered = new Set(subscriptions.map(({ subscriptionId }) => subscriptionId));
    this.removed([...this.#known].filter((id) => !offered.has(id)));
    await this.added(subscriptions);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#stallDetector.stop();
    this.#participant.close();
  }
}

function signallingOver(link: Link, sessionId: SessionId): ParticipantSignalling {
  return {
    connect: async (direction, dtlsParameters) => {
      await link.request('connect', { sessionId, direction, dtlsParameters });
    },
    publish: async (tracks, dtlsParameters) => {
      await link.request('publish', { sessionId, tracks, ...(dtlsParameters ? { dtlsParameters } : {}) });
    },
    ready: async (subscriptionIds) => {
      await link.request('ready', { sessionId, subscriptionIds });
    },
  };
}
