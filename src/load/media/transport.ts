/**
 * One media transport of a device: real ICE (it asks, the server is ICE-lite), DTLS and SRTP over a UDP socket of its own.
 * It sends RTP encrypted, and looks at the headers alone of what comes, which SRTP leaves in clear.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { TransportOptions } from '../../protocol/shared/media.ts';
import type { ConnectingTimes } from './connectingTimes.ts';
import { Handshake } from './openssl.ts';
import type { Identity } from './openssl.ts';
import { readRtpHeader } from './rtp.ts';
import type { RtpHeader } from './rtp.ts';
import { keyingMaterialBytes, SrtpSender } from './srtp.ts';
import { answersBinding, bindingRequest, isStun } from './stun.ts';

export interface MediaTransportOptions {
  readonly transport: TransportOptions;
  readonly identity: Identity;
  /** Whether packets may be sent to this address. */
  readonly mayReach: (address: string) => boolean;
  /** `at`: `performance.now()`. */
  readonly onRtp: (header: RtpHeader, at: number) => void;
}

/** RFC 8445 §14.3 lets a client with few pairs ask that often. */
const askAgainMs = 50;
/** OpenSSL itself knows what is due; it waits a second before it sends a flight again. */
const shakeAgainMs = 250;
/** The server takes a client for gone that has not asked for half a minute (RFC 7675). */
const consentEveryMs = 8_000;
const connectWithinMs = 15_000;
const leastRtpBytes = 12;

export class MediaTransport {
  readonly #options: MediaTransportOptions;
  readonly #socket: Socket;
  readonly #username: string;
  #transactionId = randomBytes(12);
  #handshake: Handshake | undefined;
  #srtp: SrtpSender | undefined;
  #timer: NodeJS.Timeout | undefined;
  #began = 0;
  #reachedAt = 0;
  #settle: { resolve: (times: ConnectingTimes) => void; reject: (error: Error) => void } | undefined;
  #connecting: Promise<ConnectingTimes> | undefined;
  #closed = false;

  constructor(options: MediaTransportOptions) {
    this.#options = options;
    this.#username = `${options.transport.iceParameters.usernameFragment}:${randomBytes(4).toString('hex')}`;
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (packet) => {
      this.#take(packet);
    });
    // A server that is gone answers with ICMP: the limit of connecting, and silence, tell that.
    this.#socket.on('error', () => undefined);
  }

  /** Once; the server must know our fingerprint by now. */
  connect(): Promise<ConnectingTimes> {
    return (this.#connecting ??= this.#connect());
  }

  /** Nothing before it is connected, as in browsers. */
  send(packet: Buffer): void {
    if (this.#srtp !== undefined && !this.#closed) this.#socket.send(this.#srtp.protect(packet));
  }

  close(): void {
    if (this.#closed) return;
    this.#fail(new Error('closed'));
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  async #connect(): Promise<ConnectingTimes> {
    const { transport, mayReach } = this.#options;
    const candidate = transport.iceCandidates.find(({ protocol, address }) => protocol === 'udp' && mayReach(address));
    if (candidate === undefined) throw new Error('the server has no UDP candidate that may be reached');
    await new Promise<void>((resolve) => {
      this.#socket.connect(candidate.port, candidate.address, resolve);
    });
    if (this.#closed) throw new Error('closed');
    this.#began = performance.now();
    const connected = new Promise<ConnectingTimes>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#continue();
    return connected;
  }

  /** Sends what is due, and again until it is answered. */
  #continue(): void {
    if (this.#closed) return;
    try {
      if (this.#settle !== undefined && performance.now() - this.#began > connectWithinMs) {
        throw new Error(this.#handshake === undefined ? 'ice: timed_out' : 'dtls: timed_out');
      }
      if (this.#handshake === undefined) this.#ask();
      else this.#flush(this.#handshake.step());
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#settle === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#continue();
      },
      this.#handshake === undefined ? askAgainMs : shakeAgainMs,
    );
  }

  #consent(): void {
    this.#timer = setTimeout(() => {
      this.#transactionId = randomBytes(12);
      this.#ask();
      this.#consent();
    }, consentEveryMs);
  }

  #ask(): void {
    const { password } = this.#options.transport.iceParameters;
    this.#flush(bindingRequest({ username: this.#username, password, transactionId: this.#transactionId }));
  }

  /** By the first byte (RFC 7983). */
  #take(packet: Buffer): void {
    const [first = 0] = packet;
    if (first >= 128 && first < 192) {
      const header = packet.length < leastRtpBytes ? undefined : readRtpHeader(packet);
      if (header !== undefined) this.#options.onRtp(header, performance.now());
      return;
    }
    try {
      if (first >= 20 && first < 64) this.#shake(packet);
      else if (first < 4) this.#answered(packet);
    } catch (error) {
      this.#fail(error);
    }
  }

  #answered(packet: Buffer): void {
    if (this.#settle === undefined || this.#handshake !== undefined || !isStun(packet)) return;
    const { iceParameters, dtlsParameters } = this.#options.transport;
    if (!answersBinding(packet, this.#transactionId, iceParameters.password)) return;
    const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
    if (fingerprint === undefined) throw new Error('the server has no sha-256 fingerprint');
    this.#reachedAt = performance.now();
    this.#handshake = new Handshake(this.#options.identity, fingerprint.value);
    clearTimeout(this.#timer);
    this.#continue();
  }

  #shake(datagram: Buffer): void {
    const handshake = this.#handshake;
    if (handshake === undefined || this.#settle === undefined) return;
    this.#flush(handshake.step(datagram));
    if (!handshake.done) return;
    this.#srtp = new SrtpSender(handshake.exportKeys(keyingMaterialBytes));
    this.#settle.resolve({ iceMs: this.#reachedAt - this.#began, dtlsMs: performance.now() - this.#reachedAt });
    this.#settled();
    this.#consent();
  }

  #fail(error: unknown): void {
    this.#settle?.reject(error instanceof Error ? error : new Error(String(error)));
    this.#settled();
  }

  #settled(): void {
    clearTimeout(this.#timer);
    this.#settle = undefined;
    this.#handshake?.free();
    this.#handshake = undefined;
  }

  #flush(datagram: Buffer): void {
    if (datagram.length > 0 && !this.#closed) this.#socket.send(datagram);
  }
}
