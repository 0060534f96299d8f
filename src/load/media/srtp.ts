/** SRTP (RFC 3711) with AES-128-GCM (RFC 7714): protects what a client sends. What it receives stays closed. */
import { createCipheriv } from 'node:crypto';

const [keyBytes, saltBytes, tagBytes] = [16, 12, 16];
/** Client's key, server's key, client's salt, server's salt (RFC 5764 §4.2). */
export const keyingMaterialBytes = 2 * (keyBytes + saltBytes);

const label = { encryption: 0, salt: 2 } as const;
/** Where the label goes in the padded salt (RFC 3711 §4.3.1): the index after it is always 0. */
const labelAt = 7;

const fixedHeaderBytes = 12;

export class SrtpSender {
  readonly #key: Buffer;
  readonly #salt: Buffer;
  /** By SSRC: the newest sequence number, and how often it has started again. */
  readonly #rolled = new Map<number, { sequence: number; times: number }>();

  /** `material` as DTLS exports it to the client. */
  constructor(material: Buffer) {
    const masterKey = material.subarray(0, keyBytes);
    const masterSalt = material.subarray(2 * keyBytes, 2 * keyBytes + saltBytes);
    this.#key = derived(masterKey, masterSalt, label.encryption, keyBytes);
    this.#salt = derived(masterKey, masterSalt, label.salt, saltBytes);
  }

  /** For packets in the order of their sequence numbers. */
  protect(packet: Buffer): Buffer {
    const ssrc = packet.readUInt32BE(8);
    const sequence = packet.readUInt16BE(2);
    const nonce = Buffer.alloc(saltBytes);
    nonce.writeUInt32BE(ssrc, 2);
    nonce.writeUInt32BE(this.#timesRolled(ssrc, sequence), 6);
    nonce.writeUInt16BE(sequence, 10);
    for (let at = 0; at < saltBytes; at += 1) nonce[at] = (nonce[at] ?? 0) ^ (this.#salt[at] ?? 0);
    const header = packet.subarray(0, headerBytesOf(packet));
    const cipher = createCipheriv('aes-128-gcm', this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(header);
    return Buffer.concat([header, cipher.update(packet.subarray(header.length)), cipher.final(), cipher.getAuthTag()]);
  }

  #timesRolled(ssrc: number, sequence: number): number {
    const known = this.#rolled.get(ssrc) ?? { sequence, times: 0 };
    if (sequence < known.sequence) known.times += 1;
    known.sequence = sequence;
    this.#rolled.set(ssrc, known);
    return known.times;
  }
}

function headerBytesOf(packet: Buffer): number {
  const [first = 0] = packet;
  const extensionAt = fixedHeaderBytes + (first & 0x0f) * 4;
  return (first & 0x10) === 0 ? extensionAt : extensionAt + 4 + packet.readUInt16BE(extensionAt + 2) * 4;
}

/** AES in counter mode as a source of keys (RFC 3711 §4.3.3). */
function derived(masterKey: Buffer, masterSalt: Buffer, which: number, bytes: number): Buffer {
  const counter = Buffer.alloc(16);
  masterSalt.copy(counter);
  counter[labelAt] = (counter[labelAt] ?? 0) ^ which;
  return createCipheriv('aes-128-ctr', masterKey, counter).update(Buffer.alloc(bytes));
}
