/** Calls on the real media worker with real participants, without any signalling server: the port itself is called. */
import { randomBytes } from 'node:crypto';
import {
  mediaMaxIncomingBitrate,
  mediaOutgrownAt,
  mediaSocketBufferBytes,
  routerCodecs,
} from '../../../config/media.ts';
import type { OutgrownAt } from '../../../src/adapters/mediasoup/routers/routerSet.ts';
import { MediasoupBroadcasts } from '../../../src/adapters/mediasoup/mediasoupBroadcasts.ts';
import type { Admission, Device } from '../../../src/domain/media/admission.ts';
import type { CallId, NodeId, SessionId } from '../../../src/domain/kernel/ids.ts';
import type { JoinedMedia, SessionNotification, SessionOwner } from '../../../src/ports/media/sessions.ts';
import type { NodeMessages } from '../../../src/ports/cluster/nodeMessages.ts';
import type { Log } from '../../../src/ports/system/log.ts';
import type { SessionEnding, Subscription } from '../../../src/protocol/socket/notifications.ts';
import { createParticipant } from '../participant.ts';
import type { Participant } from '../participant.ts';
import { freePorts } from '../processes/ports.ts';

export interface Seat {
  readonly sessionId: SessionId;
  readonly device: Device;
  readonly media: JoinedMedia;
  readonly participant: Participant;
  readonly heard: SessionNotification[];
}
/** Takes up what is offered to a session. */
interface Taker {
  subscribed(subscriptions: readonly Subscription[]): Promise<void>;
  unsubscribed?(subscriptionIds: readonly string[]): void;
}
export interface Closed {
  readonly sessionId: SessionId;
  readonly owner: SessionOwner;
  readonly why: SessionEnding;
}

export interface StudioOptions {
  readonly workers?: number;
  readonly requestTimeoutMs?: number;
  readonly announcedAddress?: string;
  readonly outgrownAt?: OutgrownAt;
  /** Makes it one node among others. */
  readonly messages?: NodeMessages;
}

interface EnterOptions {
  readonly mayPublish?: boolean;
  readonly asViewer?: boolean;
  readonly owner?: NodeId;
}
interface SitOptions extends EnterOptions {
  /** Sees every packet that comes in, decrypted. */
  readonly observe?: (packet: Buffer) => void;
  /** What is said in each packet of audio, which has this RTP timestamp. */
  readonly say?: (timestamp: number) => Buffer;
}

export const listenAddress = '127.0.0.1';

export class Studio {
  readonly broadcasts: MediasoupBroadcasts;
  readonly firstPort: number;
  readonly closed: Closed[] = [];
  readonly logged: string[] = [];
  readonly #heard = new Map<SessionId, SessionNotification[]>();
  readonly #seats = new Map<SessionId, Seat>();
  readonly #takers = new Map<SessionId, Taker>();

  private constructor(broadcasts: MediasoupBroadcasts, firstPort: number, logged: string[]) {
    this.broadcasts = broadcasts;
    this.firstPort = firstPort;
    this.logged = logged;
  }

  static async create({
    workers = 1,
    requestTimeoutMs = 5_000,
    announcedAddress,
    outgrownAt = mediaOutgrownAt,
    messages,
  }: StudioOptions = {}): Promise<Studio> {
    const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
    if (workerBin === undefined || workerBin === '') {
      throw new Error('MEDIASOUP_WORKER_BIN names no mediasoup worker; `npm test` sets it');
    }
    const [firstPort = 0] = await freePorts(workers);
    const logged: string[] = [];
    const broadcasts = await MediasoupBroadcasts.create({
      workers,
      firstPort,
      workerBin,
      requestTimeoutMs,
      outgrownAt,
      log: logInto(logged),
      codecs: routerCodecs,
      mediaPort: {
        listenAddresses: [listenAddress],
        announcedAddresses: announcedAddress === undefined ? undefined : [announcedAddress],
        socketBufferBytes: mediaSocketBufferBytes,
      },
      initialBitrate: 1_000_000,
      maxIncomingBitrate: mediaMaxIncomingBitrate,
    });
    if (messages !== undefined) {
      const socketBuffers = { recvBufferSize: mediaSocketBufferBytes, sendBufferSize: mediaSocketBufferBytes };
      broadcasts.connectNodes(messages, { protocol: 'udp', ip: listenAddress, ...socketBuffers });
    }
    const studio = new Studio(broadcasts, firstPort, logged);
    broadcasts.listen({
      notify: (sessionId, notification) => {
        studio.#notified(sessionId, notification);
      },
      closed: (sessionId, owner, why) => {
        studio.closed.push({ sessionId, owner, why });
      },
    });
    return studio;
  }

  /** Joins and takes up what is offered; later offers are taken up as they come. */
  async sit(
    callId: CallId,
    device: Device,
    admission: Admission,
    { observe, say, ...options }: SitOptions = {},
  ): Promise<Seat> {
    const { broadcasts } = this;
    const { sessionId, media, heard } = await this.enter(callId, device, admission, options);
    const participant = await createParticipant({
      ...media,
      observe,
      say,
      signalling: {
        connect: (direction, dtls) => broadcasts.connect(sessionId, direction, dtls),
        publish: (tracks, dtls) =>
          broadcasts.publish(
            sessionId,
            tracks.map((track) => ({ ...track, paused: track.paused ?? false })),
            dtls,
          ),
        ready: (subscriptionIds) => broadcasts.ready(sessionId, subscriptionIds),
      },
    });
    const seat: Seat = { sessionId, device, media, participant, heard };
    this.#seats.set(sessionId, seat);
    this.#takers.set(sessionId, participant);
    return seat;
  }

  /** Joins without a participant: what is offered is for the caller to take up, with `takeUp` also what is offered later. */
  async enter(
    callId: CallId,
    device: Device,
    admission: Admission,
    { mayPublish = true, asViewer = false, owner }: EnterOptions = {},
  ): Promise<Pick<Seat, 'sessionId' | 'media' | 'heard'>> {
    const sessionId = newSessionId();
    const heard: SessionNotification[] = [];
    this.#heard.set(sessionId, heard);
    const { broadcasts } = this;
    const { routerRtpCapabilities: rtpCapabilities } = broadcasts;
    const who = { callId, sessionId, device, rtpCapabilities, mayPublish, ownerTerm: 1, admission };
    const request = { ...who, ...(asViewer ? { asViewer } : {}) };
    const joined = owner === undefined ? undefined : broadcasts.joinAtEdge(request, owner);
    return { sessionId, heard, media: await (joined ?? broadcasts.join(request)) };
  }

  async takeUp({ sessionId, media }: Pick<Seat, 'sessionId' | 'media'>, taker: Taker): Promise<void> {
    this.#takers.set(sessionId, taker);
    await taker.subscribed(media.subscriptions);
  }

  /** Watches without being in the call, which another node may own. */
  watch(callId: CallId, name: string, admission: Admission, owner?: NodeId): Promise<Seat> {
    const device = { userId: name, deviceId: `${name}-device` };
    return this.sit(callId, device, admission, { asViewer: true, ...(owner === undefined ? {} : { owner }) });
  }

  async stop(): Promise<void> {
    for (const { participant } of this.#seats.values()) participant.close();
    this.#seats.clear();
    this.#takers.clear();
    await this.broadcasts.stop();
  }

  #notified(sessionId: SessionId, notification: SessionNotification): void {
    this.#heard.get(sessionId)?.push(notification);
    const taker = this.#takers.get(sessionId);
    if (notification.method === 'subscription.added') {
      taker?.subscribed(notification.params.subscriptions).catch((error: unknown) => {
        this.logged.push(`a participant could not subscribe: ${String(error)}`);
      });
    }
    if (notification.method === 'subscription.removed') {
      taker?.unsubscribed?.(notification.params.subscriptionIds);
    }
  }
}

export function newCallId(): CallId {
  return `call_${randomBytes(16).toString('base64url')}`;
}

export function newSessionId(): SessionId {
  return `ses_${randomBytes(16).toString('base64url')}`;
}

export function packetsOf({ participant }: Seat): number {
  return [...participant.receptions.values()].reduce((sum, { packets }) => sum + packets, 0);
}

function logInto(lines: string[]): Log {
  const write = (message: string, fields: unknown) => lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  return { debug: write, info: write, warn: write, error: write };
}
