/** What a capture holds in clear of the datagrams that a client receives: STUN, DTLS handshakes, RTP header extensions. */
import type { Packet } from '../network/packets.ts';

export interface Clear {
  readonly what: string;
  readonly content: Buffer;
  readonly random: boolean;
}

/** RFC 8489 §14: what is random by nature (MESSAGE-INTEGRITY, its SHA-256, FINGERPRINT). */
const randomAttributes = new Set([0x0008, 0x001c, 0x8028]);
const xorMapped = new Set([0x0012, 0x0016, 0x0020]);
const stunHeaderBytes = 20;
const dtlsHandshake = 22;

/** By the first byte: RFC 7983 §7. */
export function clearParts({ payload }: Packet): readonly Clear[] {
  const first = payload[0];
  if (first === undefined) return [];
  if (first < 4) return stunParts(payload);
  if (first >= 20 && first < 64) return first === dtlsHandshake ? [dtls(payload)] : [];
  if (first >= 128 && first < 192) return extensionsOf(payload).map(({ data }) => header(data));
  return [{ what: 'other datagrams', content: payload, random: true }];
}

const dtls = (payload: Buffer): Clear => ({ what: 'DTLS handshakes', content: payload, random: true });
/** Shorter ones are numbers of a few bits, such as an audio level. */
const header = (data: Buffer): Clear => ({ what: 'RTP header extensions', content: data, random: data.length < 4 });

function stunParts(message: Buffer): readonly Clear[] {
  const parts: Buffer[] = [];
  for (let at = stunHeaderBytes; at + 4 <= message.length;) {
    const type = message.readUInt16BE(at);
    const value = message.subarray(at + 4, at + 4 + message.readUInt16BE(at + 2));
    if (!randomAttributes.has(type)) parts.push(value, Buffer.from('\n'));
    // As the address that it means, whatever the transaction's id has made of it.
    if (xorMapped.has(type)) parts.push(unmasked(value, message.subarray(4, 20)), Buffer.from('\n'));
    at += 4 + Math.ceil(value.length / 4) * 4;
  }
  return [{ what: 'STUN', content: Buffer.concat(parts), random: false }];
}

function unmasked(value: Buffer, mask: Buffer): Buffer {
  return Buffer.from(value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0)));
}

export interface Extension {
  readonly id: number;
  readonly data: Buffer;
}

/** RFC 8285: one-byte and two-byte elements; none for RTCP. */
export function extensionsOf(packet: Buffer): readonly Extension[] {
  const [first = 0, second = 0] = packet;
  if (packet.length < 16 || (second >= 192 && second <= 223) || (first & 0x10) === 0) return [];
  const start = 12 + (first & 0x0f) * 4;
  if (start + 4 > packet.length) return [];
  const profile = packet.readUInt16BE(start);
  const block = packet.subarray(start + 4, start + 4 + packet.readUInt16BE(start + 2) * 4);
  if (profile === 0xbede) return elements(block, 1);
  if (profile >> 4 === 0x100) return elements(block, 2);
  return [{ id: 0, data: block }];
}

function elements(block: Buffer, headerBytes: 1 | 2): readonly Extension[] {
  const found: Extension[] = [];
  for (let at = 0; at < block.length;) {
    const byte = block[at] ?? 0;
    if (byte === 0) {
      at += 1;
      continue;
    }
    const id = headerBytes === 1 ? byte >> 4 : byte;
    const length = headerBytes === 1 ? (byte & 0x0f) + 1 : (block[at + 1] ?? 0);
    found.push({ id, data: block.subarray(at + headerBytes, at + headerBytes + length) });
    at += headerBytes + length;
  }
  return found;
}
