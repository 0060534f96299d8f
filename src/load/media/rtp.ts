/** RTP (RFC 3550) packets as a sender makes them, and what a receiver reads of those that come. */

export interface StreamSettings {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Timestamp units per packet. */
  readonly tick: number;
}

const headerBytes = 12;
/** ssrc-audio-level (RFC 6464) at -20 dBov with voice, as id 6 in the one-byte form (RFC 8285). */
const audioLevelExtension = Buffer.from([0xbe, 0xde, 0x00, 0x01, 0x60, 0x80 | 20, 0x00, 0x00]);
export const audioLevelExtensionId = 6;

/** One outgoing stream: each call makes the next packet. */
export class RtpStream {
  readonly #settings: StreamSettings;
  #sequence = 1;
  #timestamp = 1000;

  constructor(settings: StreamSettings) {
    this.#settings = settings;
  }

  /** Of the next packet. */
  get timestamp(): number {
    return this.#timestamp >>> 0;
  }

  /** The next packet has this time, in place of the one that follows from the last. */
  moveTo(timestamp: number): void {
    this.#timestamp = timestamp;
  }

  audio(payload: Buffer = Buffer.alloc(60, 0x55)): Buffer {
    return this.packet(payload, audioLevelExtension);
  }

  packet(payload: Buffer, extension?: Buffer): Buffer {
    const { ssrc, payloadType, tick } = this.#settings;
    const header = Buffer.alloc(headerBytes);
    header[0] = extension === undefined ? 0x80 : 0x90;
    header[1] = 0x80 | payloadType;
    header.writeUInt16BE(this.#sequence & 0xffff, 2);
    header.writeUInt32BE(this.#timestamp >>> 0, 4);
    header.writeUInt32BE(ssrc, 8);
    this.#sequence += 1;
    this.#timestamp += tick;
    return Buffer.concat(extension === undefined ? [header, payload] : [header, extension, payload]);
  }
}

function isRtp(packet: Buffer): boolean {
  const [first = 0, second = 0] = packet;
  return packet.length >= headerBytes && first >> 6 === 2 && !isRtcpType(second);
}

/** What SRTP leaves in clear (RFC 3711 §3.1). */
export interface RtpHeader {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
}

/** Undefined for RTCP, also for SRTCP. */
export function readRtpHeader(packet: Buffer): RtpHeader | undefined {
  if (!isRtp(packet)) return undefined;
  return { ssrc: packet.readUInt32BE(8), sequence: packet.readUInt16BE(2), timestamp: packet.readUInt32BE(4) };
}

/** The second byte of a packet (RFC 5761 §4). */
export function isRtcpType(second: number): boolean {
  return second >= 192 && second <= 223;
}
