/** STUN (RFC 8489) as far as ICE (RFC 8445) needs it of a controlling client: Binding requests and their answers. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const magicCookie = 0x2112a442;
const headerBytes = 20;
const attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlling: 0x802a,
} as const;
const type = { bindingRequest: 0x0001, bindingSuccess: 0x0101 } as const;
/** Type, length and HMAC-SHA1; type, length and CRC-32. */
const [integrityBytes, fingerprintBytes] = [24, 8];
const fingerprintMask = 0x5354554e;
/** Of a host candidate of the only component (RFC 8445 §5.1.2). */
const hostPriority = ((126 << 24) | (65535 << 8) | 255) >>> 0;

export interface BindingRequest {
  /** `remote:local` user name fragments. */
  readonly username: string;
  /** Of the side that is asked. */
  readonly password: string;
  readonly transactionId: Buffer;
}

/** Nominates the pair on which it is sent, and renews consent to send (RFC 7675). */
export function bindingRequest({ username, password, transactionId }: BindingRequest): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(type.bindingRequest, 0);
  header.writeUInt32BE(magicCookie, 4);
  transactionId.copy(header, 8);
  const priority = Buffer.alloc(4);
  priority.writeUInt32BE(hostPriority);
  const message = Buffer.concat([
    header,
    attributeOf(attribute.username, Buffer.from(username)),
    attributeOf(attribute.priority, priority),
    attributeOf(attribute.iceControlling, randomBytes(8)),
    attributeOf(attribute.useCandidate, Buffer.alloc(0)),
  ]);
  const integrity = attributeOf(attribute.messageIntegrity, integrityOf(message, password));
  const intact = Buffer.concat([message, integrity]);
  return Buffer.concat([intact, attributeOf(attribute.fingerprint, fingerprintOf(intact))]).fill(
    lengthField(intact.length + fingerprintBytes - headerBytes),
    2,
    4,
  );
}

/** Is this the success that answers the request, by somebody who knows the password? */
export function answersBinding(packet: Buffer, transactionId: Buffer, password: string): boolean {
  return (
    isStun(packet) &&
    packet.readUInt16BE(0) === type.bindingSuccess &&
    transactionId.equals(packet.subarray(8, headerBytes)) &&
    isIntact(packet, password)
  );
}

export function isStun(packet: Buffer): boolean {
  return (
    packet.length >= headerBytes &&
    packet.readUInt32BE(4) === magicCookie &&
    packet.readUInt16BE(2) === packet.length - headerBytes
  );
}

/** MESSAGE-INTEGRITY (RFC 8489 §14.5) is there and right, and FINGERPRINT (§14.7) as well. */
export function isIntact(packet: Buffer, password: string): boolean {
  const integrityAt = offsetOf(packet, attribute.messageIntegrity);
  const fingerprintAt = offsetOf(packet, attribute.fingerprint);
  if (integrityAt === undefined || fingerprintAt === undefined) return false;
  const integrity = packet.subarray(integrityAt + 4, integrityAt + integrityBytes);
  const fingerprint = packet.subarray(fingerprintAt + 4, fingerprintAt + fingerprintBytes);
  return (
    integrity.length === integrityBytes - 4 &&
    timingSafeEqual(integrity, integrityOf(packet.subarray(0, integrityAt), password)) &&
    fingerprint.equals(fingerprintOf(packet.subarray(0, fingerprintAt)))
  );
}

function offsetOf(packet: Buffer, wanted: number): number | undefined {
  for (let at = headerBytes; at + 4 <= packet.length;) {
    if (packet.readUInt16BE(at) === wanted) return at;
    at += 4 + padded(packet.readUInt16BE(at + 2));
  }
  return undefined;
}

/** Over what comes before it, with a length in the header as if the message ended with this attribute. */
function integrityOf(before: Buffer, password: string): Buffer {
  const hmac = createHmac('sha1', password).update(before.subarray(0, 2));
  hmac.update(lengthField(before.length + integrityBytes - headerBytes));
  return hmac.update(before.subarray(4)).digest();
}

function fingerprintOf(before: Buffer): Buffer {
  const ending = Buffer.from(before);
  lengthField(before.length + fingerprintBytes - headerBytes).copy(ending, 2);
  const value = Buffer.alloc(4);
  value.writeUInt32BE((crc32(ending) ^ fingerprintMask) >>> 0);
  return value;
}

function attributeOf(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

function lengthField(bytes: number): Buffer {
  const field = Buffer.alloc(2);
  field.writeUInt16BE(bytes);
  return field;
}

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}
