/**
 * One media session: both transports, the published and received tracks, and ICE restarts after a change of network.
 */
import type { Device, types } from 'mediasoup-client';
import type { Direction, TurnServer, TransportOptions } from '../../protocol/shared/media.ts';
import type { RequestInput, RequestResult } from '../../protocol/socket/requests.ts';
import { toWireCapabilities } from './codecs.ts';
import { ConnectionMeter } from '../ice/connectionQuality.ts';
import type { ConnectionQuality, ExpectedTrack } from '../ice/connectionQuality.ts';
import { Emitter } from '../support/emitter.ts';
import type { VeilcastError } from '../support/errors.ts';
import { IceRestart, rtcServers, withoutUndefined } from '../ice/iceRestart.ts';
import { isPathDead } from '../ice/pathInquiry.ts';
import { Publications } from './publications.ts';
import type { PublicationsOptions } from './publications.ts';
import type { Signalling } from '../connection/signalling.ts';
import { StallDetector } from '../ice/stallDetector.ts';
import { Subscriptions } from './receiving/subscriptions.ts';
import type { RemoteTrack } from './receiving/subscriptions.ts';
import { leaseFrame } from '../ice/isolatedIceFrame.ts';
import type { FrameLease } from '../ice/isolatedIceFrame.ts';

/** An address of the server that media of a session is sent to, as its configuration gives it. */
export interface MediaServerAddress {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'udp' | 'tcp';
}

export type MediaState = 'connecting' | 'connected' | 'disconnected';

interface SessionEvents {
  track: RemoteTrack;
  trackRemoved: RemoteTrack;
  changed: undefined;
  media: MediaState;
  /**
   * Nothing arrives from the server in this direction, or in either one, though the transports still report a
   * connection.
   */
  still: { readonly direction: Direction; readonly everywhere: boolean };
  problem: VeilcastError;
  /** The server no longer knows this session, or the page has lost its connections. */
  gone: undefined;
}

/** A silence that a person notices. */
const heardWithinMs = 1_500;

const bothWays: readonly Direction[] = ['send', 'receive'];
/** Streams that stop within this time stop for one reason. */
const togetherMs = 2_000;

type Joined = RequestResult<'join'>;

interface SessionOptions {
  readonly device: Device;
  readonly signalling: Signalling;
}

export class Session extends Emitter<SessionEvents> {
  readonly id: Joined['sessionId'];
  readonly mediaServer: readonly MediaServerAddress[];
  readonly publications: Publications;
  readonly subscriptions: Subscriptions;
  readonly #signalling: Signalling;
  readonly #frame: FrameLease;
  readonly #transports: Readonly<Record<Direction, types.Transport>>;
  readonly #meter = new ConnectionMeter();
  readonly #iceRestart: Readonly<Record<Direction, IceRestart>>;
  /** When a running stream last stopped. */
  readonly #fellStillAt: Record<Direction, number> = { send: -Infinity, receive: -Infinity };
  readonly #inquiries = new Set<Direction>();
  readonly #stallDetector: Readonly<Record<Direction, StallDetector>>;
  #reportedMediaState: MediaState = 'connecting';

  private constructor(options: SessionOptions & { joined: Joined }) {
    super();
    const { joined, device, signalling } = options;
    const sessionId = joined.sessionId;
    this.id = sessionId;
    this.#signalling = signalling;
    this.#frame = leaseFrame(() => {
      this.emit('gone', undefined);
    });
    const { send, receive } = this.#frame.make(() => ({
      send: device.createSendTransport(transportOptions(joined.send, joined.iceServers)),
      receive: device.createRecvTransport(transportOptions(joined.receive, joined.iceServers)),
    }));
    this.#transports = { send, receive };
    const gone = () => {
      this.emit('gone', undefined);
    };
    const ask = (direction: Direction) => () => signalling.request('restartIce', { sessionId, direction });
    this.#iceRestart = {
      send: new IceRestart({ transport: send, ask: ask('send'), gone }),
      receive: new IceRestart({ transport: receive, ask: ask('receive'), gone }),
    };
    const watched = (direction: Direction) =>
      new StallDetector({
        transport: this.#transports[direction],
        still: () => {
          this.#fellStill(direction);
        },
        looked: () => {
          this.#tellMediaState();
        },
      });
    this.#stallDetector = { send: watched('send'), receive: watched('receive') };
    this.mediaServer = addressesOf([joined.send, joined.receive]);
    this.publications = this.#publishOver(send, videoCodecOf(device));
    this.subscriptions = this.#subscribeOver(receive);
    this.#watch('send');
    this.#watch('receive');
  }

  #publishOver(transport: types.Transport, videoCodec: PublicationsOptions['videoCodec']): Publications {
    return new Publications({
      sessionId: this.id,
      signalling: this.#signalling,
      transport,
      videoCodec,
      failed: (_source, error) => {
        this.emit('problem', error);
      },
    });
  }

  #subscribeOver(transport: types.Transport): Subscriptions {
    return new Subscriptions({
      sessionId: this.id,
      signalling: this.#signalling,
      transport,
      added: (track) => {
        this.emit('track', track);
      },
      removed: (track) => {
        this.emit('trackRemoved', track);
      },
      changed: () => {
        this.emit('changed', undefined);
      },
      failed: (error) => {
        this.emit('problem', error);
      },
    });
  }

  /** Takes one round trip: the answer has both transports and all subscriptions. */
  static async join({ ticket, ...options }: SessionOptions & { readonly ticket: string }): Promise<Session> {
    const { device, signalling } = options;
    const rtpCapabilities = toWireCapabilities(device.recvRtpCapabilities);
    const joined = await signalling.request('join', { ticket, rtpCapabilities });
    const session = new Session({ joined, ...options });
    // The caller attaches its listeners before the first track is there.
    void session.subscriptions.add(joined.subscriptions);
    return session;
  }

  get closed(): boolean {
    return this.#transports.send.closed;
  }

  get mediaState(): MediaState {
    // A transport that never carried media stays `new`, and that is no fault.
    const states = bothWays.map((direction) => this.#pathState(direction));
    if (states.includes('disconnected')) return 'disconnected';
    return states.includes('connected') && !states.includes('connecting') ? 'connected' : 'connecting';
  }

  /**
   * Arriving packets count more than the browser's state of the transport: Firefox doubts a path after one lost ICE
   * response, and trusts a dead one for seconds.
   */
  #pathState(direction: Direction): MediaState | 'new' {
    const { connectionState: state } = this.#transports[direction];
    if (state === 'closed') return 'disconnected';
    if (this.#stallDetector[direction].cameWithin(heardWithinMs)) return 'connected';
    if (state === 'disconnected' || state === 'failed') return 'disconnected';
    return state === 'connected' && this.#iceRestart[direction].isAtWork ? 'disconnected' : state;
  }

  /** Also adapts the layers to the size of the camera's picture. */
  quality(isCarried: boolean, expected: readonly ExpectedTrack[]): Promise<ConnectionQuality> {
    this.publications.fit();
    const isConnected = isCarried && this.mediaState !== 'disconnected';
    return this.#meter.measure(Object.values(this.#transports), isConnected, expected);
  }

  /** Resumes the session on a new socket. Rejects with `session_not_found` when the grace is over. */
  async resume(callId: RequestInput<'resume'>['callId']): Promise<RequestResult<'resume'>> {
    const resumed = await this.#signalling.request('resume', { callId, sessionId: this.id });
    this.publications.repeat();
    void this.subscriptions.reconcile(resumed.subscriptions);
    return resumed;
  }

  /** The call is answered: media flows from now on. */
  flow(): void {
    this.publications.flow();
    for (const watch of Object.values(this.#stallDetector)) watch.start();
  }

  /** Restarts ICE after a change of network, in both directions unless some are named. */
  heal(...directions: readonly Direction[]): void {
    for (const direction of directions.length > 0 ? directions : bothWays) void this.#iceRestart[direction].heal();
  }

  /** Like `heal`, if all that is known is that the socket was lost. */
  doubt(): void {
    for (const iceRestart of Object.values(this.#iceRestart)) void iceRestart.doubt();
  }

  /** The server takes nothing any more on this session. The last received pictures stay visible. */
  stopSending(): void {
    for (const watch of Object.values(this.#stallDetector)) watch.stop();
    this.#transports.send.close();
  }

  close(): void {
    for (const watch of Object.values(this.#stallDetector)) watch.stop();
    for (const transport of Object.values(this.#transports)) transport.close();
    this.#frame.release();
  }

  /**
   * Whether the path is dead, as far as ICE can say. One check at a time: its result also holds for streams that stop
   * meanwhile.
   */
  async isDead(direction: Direction): Promise<boolean> {
    if (this.#inquiries.has(direction)) return false;
    this.#inquiries.add(direction);
    const transport = this.#transports[direction];
    return isPathDead({ transport, isOver: () => transport.closed }).finally(() => {
      this.#inquiries.delete(direction);
    });
  }

  /** Each direction on its own: a browser may recover one of them itself, and the other seconds later. */
  #fellStill(direction: Direction): void {
    // If nothing is sent there are no reports, and ICE responses alone come and go.
    if (direction === 'send' && !this.publications.isSending) return;
    const now = performance.now();
    this.#fellStillAt[direction] = now;
    const everywhere =
      this.publications.sendsSteadily &&
      bothWays.every((way) => this.#stallDetector[way].isStill && now - this.#fellStillAt[way] < togetherMs);
    this.emit('still', { direction, everywhere });
  }

  #tellMediaState(): void {
    const state = this.mediaState;
    if (state === this.#reportedMediaState) return;
    this.#reportedMediaState = state;
    this.emit('media', state);
  }

  #watch(direction: Direction): void {
    this.#transports[direction].on('connectionstatechange', (state) => {
      this.#tellMediaState();
      if (state === 'connected') void this.#iceRestart[direction].prepare();
      // Firefox reports this after one lost ICE response. If the path is dead, the stall detector or the next state
      // shows it.
      const isAlive = state === 'disconnected' && this.#stallDetector[direction].cameWithin(heardWithinMs);
      if ((state === 'disconnected' || state === 'failed') && !isAlive) void this.#iceRestart[direction].heal();
    });
  }
}

/** mediasoup-client sends the first codec that both sides support. */
function videoCodecOf(device: Device): string | undefined {
  return device.sendRtpCapabilities.codecs?.find(({ kind }) => kind === 'video')?.mimeType;
}

/** Only the server's candidates are ever tried, directly or through its own TURN servers. */
export function transportOptions(
  { id, iceParameters, iceCandidates, dtlsParameters }: TransportOptions,
  iceServers: readonly TurnServer[],
) {
  const { role, fingerprints } = dtlsParameters;
  return {
    id,
    iceParameters: withoutUndefined(iceParameters),
    iceCandidates: iceCandidates.map(({ tcpType, ...rest }) => ({ ...rest, ...(tcpType ? { tcpType } : {}) })),
    dtlsParameters: { fingerprints, ...(role ? { role } : {}) },
    iceServers: rtcServers(iceServers),
  };
}

function addressesOf(transports: readonly TransportOptions[]): readonly MediaServerAddress[] {
  const all = transports.flatMap(({ iceCandidates }) => iceCandidates);
  const byKey = new Map(
    all.map(({ address, port, protocol }) => [`${protocol} ${address} ${port}`, { address, port, protocol }]),
  );
  return [...byKey.values()];
}
