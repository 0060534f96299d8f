/**
 * A receiver with real ICE and DTLS that opens no packet of media: it looks at the headers, which SRTP leaves in clear,
 * and sends no RTCP. It does nothing by itself: whoever holds many of them calls `look` again and again.
 */
import { randomBytes } from 'node:crypto';
import type { TransportOptions } from '../../../src/protocol/shared/media.ts';
import { readRtpHeader } from '../../../src/load/media/rtp.ts';
import type { RtpHeader } from '../../../src/load/media/rtp.ts';
import { Handshake } from '../../../src/load/media/openssl.ts';
import type { Identity } from '../../../src/load/media/openssl.ts';
import { UdpSocket } from './sockets.ts';
import { answersBinding, bindingRequest, isStun } from '../../../src/load/media/stun.ts';

export interface LightReceiverOptions {
  readonly transport: TransportOptions;
  readonly identity: Identity;
  readonly localAddress: string;
  /** `at`: when the kernel had the packet, in milliseconds since the epoch. */
  readonly onRtp: (header: RtpHeader, at: number) => void;
}

const askAgainMs = 250;
/** The server takes a client for gone that has not asked for half a minute (RFC 7675). */
const consentEveryMs = 8_000;
const connectLimitMs = 10_000;
const leastRtpBytes = 12;

export class LightReceiver {
  readonly connected: Promise<void>;
  readonly #options: LightReceiverOptions;
  readonly #socket: UdpSocket;
  readonly #username: string;
  readonly #began = performance.now();
  #handshake: Handshake | undefined;
  #asked: { readonly transactionId: Buffer; readonly at: number } | undefined;
  #state: 'reaching' | 'shaking hands' | 'open' | 'closed' = 'reaching';
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  /** The server must know our fingerprint by now. */
  constructor(options: LightReceiverOptions) {
    this.#options = options;
    const { iceCandidates, iceParameters } = options.transport;
    const candidate = iceCandidates.find(({ protocol }) => protocol === 'udp');
    if (candidate === undefined) throw new Error('the server has no UDP candidate');
    this.#socket = new UdpSocket(options.localAddress, candidate);
    this.#username = `${iceParameters.usernameFragment}:${randomBytes(4).toString('hex')}`;
    this.connected = new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
    });
    this.connected.catch(() => undefined);
  }

  get isConnecting(): boolean {
    return this.#state === 'reaching' || this.#state === 'shaking hands';
  }

  /** Packets that were lost in this process, and not on their way. */
  get dropped(): number {
    return this.#socket.dropped;
  }

  /** Reads what has come, and sends what is due. */
  look(now: number): void {
    if (this.#state === 'closed') return;
    try {
      this.#socket.read((packet, length, at) => {
        this.#take(packet, length, at);
      });
      if (this.isConnecting && now - this.#began > connectLimitMs) throw new Error(`no connection: ${this.#state}`);
      if (this.#state === 'shaking hands') this.#shake();
      const every = this.#state === 'reaching' ? askAgainMs : consentEveryMs;
      if (this.#asked === undefined || now - this.#asked.at > every) this.#ask(now);
    } catch (error) {
      this.#reject(error);
      this.close();
    }
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#handshake?.free();
    this.#handshake = undefined;
    this.#socket.close();
    this.#reject(new Error('closed'));
  }

  /** By the first byte (RFC 7983). */
  #take(packet: Buffer, length: number, at: number): void {
    const [first = 0] = packet;
    if (first >= 128 && first < 192) {
      const header = length < leastRtpBytes ? undefined : readRtpHeader(packet);
      if (header !== undefined) this.#options.onRtp(header, at);
    } else if (first >= 20 && first < 64) {
      if (this.#state === 'shaking hands') this.#shake(Buffer.from(packet.subarray(0, length)));
    } else if (first < 4) this.#answered(packet.subarray(0, length));
  }

  #ask(now: number): void {
    const transactionId = randomBytes(12);
    this.#asked = { transactionId, at: now };
    const { password } = this.#options.transport.iceParameters;
    this.#socket.send(bindingRequest({ username: this.#username, password, transactionId }));
  }

  #answered(packet: Buffer): void {
    if (this.#state !== 'reaching' || this.#asked === undefined || !isStun(packet)) return;
    const { iceParameters, dtlsParameters } = this.#options.transport;
    if (!answersBinding(packet, this.#asked.transactionId, iceParameters.password)) return;
    const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
    if (fingerprint === undefined) throw new Error('the server has no sha-256 fingerprint');
    this.#handshake = new Handshake(this.#options.identity, fingerprint.value);
    this.#state = 'shaking hands';
    this.#shake();
  }

  #shake(datagram?: Buffer): void {
    const handshake = this.#handshake;
    if (handshake === undefined) return;
    this.#socket.send(handshake.step(datagram));
    if (!handshake.done) return;
    handshake.free();
    this.#handshake = undefined;
    this.#state = 'open';
    this.#resolve();
  }
}
