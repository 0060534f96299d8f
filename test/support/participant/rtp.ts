/** What participants of tests send and look for beyond the load tester's own: video, and packets that are not encrypted. */
import { isRtcpType, readRtpHeader } from '../../../src/load/media/rtp.ts';

const headerBytes = 12;

export interface ReceivedPacket {
  readonly ssrc: number;
  readonly payload: Buffer;
}

/** Undefined for RTCP (RFC 5761 §4). */
export function readRtp(packet: Buffer): ReceivedPacket | undefined {
  const header = readRtpHeader(packet);
  if (header === undefined) return undefined;
  const [first = 0] = packet;
  let offset = headerBytes + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) offset += 4 + packet.readUInt16BE(offset + 2) * 4;
  return { ssrc: header.ssrc, payload: packet.subarray(offset) };
}

/** The payload of a frame in one packet (RFC 7741): descriptor with the start bit, then a VP8 frame header. */
export function videoFrame(keyFrame: boolean): Buffer {
  const frame = Buffer.alloc(600, 0x55);
  frame[0] = 0x10;
  if (keyFrame) Buffer.from([0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]).copy(frame, 1);
  else frame[1] = 0x11;
  return frame;
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
