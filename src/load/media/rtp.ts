/** RTP (RFC 3550) packets as a sender would make them, and what a receiver or sender looks for in those that come in. */

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

  /** The time of the next packet is told, not counted. */
  moveTo(timestamp: number): void {
    this.#timestamp = timestamp;
  }

  audio(payload: Buffer = Buffer.alloc(60, 0x55)): Buffer {
    return this.#packet(payload, audioLevelExtension);
  }

  /** A frame in one packet (RFC 7741): descriptor with the start bit, then a VP8 frame header. */
  video(keyFrame: boolean): Buffer {
    const frame = Buffer.alloc(600, 0x55);
    frame[0] = 0x10;
    if (keyFrame) Buffer.from([0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]).copy(frame, 1);
    else frame[1] = 0x11;
    return this.#packet(frame);
  }

  #packet(payload: Buffer, extension?: Buffer): Buffer {
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

export interface ReceivedPacket {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly payload: Buffer;
}

/** Undefined for RTCP (RFC 5761 §4). */
export function readRtp(packet: Buffer): ReceivedPacket | undefined {
  if (!isRtp(packet)) return undefined;
  const [first = 0, second = 0] = packet;
  let offset = headerBytes + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) offset += 4 + packet.readUInt16BE(offset + 2) * 4;
  return { ssrc: packet.readUInt32BE(8), payloadType: second & 0x7f, payload: packet.subarray(offset) };
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

/** Is this VP8 payload the start of a key frame? */
export function startsKeyFrame(payload: Buffer): boolean {
  const [descriptor = 0, second = 0] = payload;
  if ((descriptor & 0x10) === 0) return false;
  let offset = 1;
  if ((descriptor & 0x80) !== 0) {
    offset += 1;
    if ((second & 0x80) !== 0) offset += ((payload[offset] ?? 0) & 0x80) !== 0 ? 2 : 1;
    if ((second & 0x40) !== 0) offset += 1;
    if ((second & 0x30) !== 0) offset += 1;
  }
  return ((payload[offset] ?? 1) & 0x01) === 0;
}

/** SSRCs for which a PLI or FIR (RFC 4585, RFC 5104) in this compound RTCP packet asks for a key frame. */
export function keyFrameRequests(packet: Buffer): readonly number[] {
  const asked: number[] = [];
  for (let at = 0; at + 8 <= packet.length;) {
    const format = (packet[at] ?? 0) & 0x1f;
    const type = packet[at + 1] ?? 0;
    if (!isRtcpType(type)) break;
    if (type === 206 && format === 1 && at + 12 <= packet.length) asked.push(packet.readUInt32BE(at + 8));
    if (type === 206 && format === 4 && at + 16 <= packet.length) asked.push(packet.readUInt32BE(at + 12));
    at += 4 + packet.readUInt16BE(at + 2) * 4;
  }
  return asked;
}

function isRtcpType(second: number): boolean {
  return second >= 192 && second <= 223;
}
