/**
 * Reads capture files: the pcap format (draft-ietf-opsawg-pcap) with the link type LINUX_SLL2 (tcpdump.org/linktypes,
 * LINKTYPE_LINUX_SLL2, 276), which is what `tcpdump -i any` writes.
 */
import { openSync, readSync, closeSync } from 'node:fs';

export interface Frame {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** EtherType of what follows. */
  readonly protocol: number;
  readonly interfaceIndex: number;
  readonly data: Buffer;
  /** How long it was on the wire, in bytes: `data` may be its beginning only. */
  readonly wireBytes: number;
}

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const sll2Bytes = 20;
const linkTypeSll2 = 276;
const magicMicroseconds = 0xa1b2c3d4;
const chunkBytes = 8 * 1024 * 1024;

/** In the order in which they were captured. A record that a stopped tcpdump left half written is left out. */
export function* readCapture(path: string): Generator<Frame> {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(fileHeaderBytes);
    if (readSync(file, header) < fileHeaderBytes) throw new Error(`${path} is no capture`);
    const little = header.readUInt32LE(0) === magicMicroseconds;
    if (!little && header.readUInt32BE(0) !== magicMicroseconds) throw new Error(`${path} is no capture`);
    const number = (from: Buffer, at: number) => (little ? from.readUInt32LE(at) : from.readUInt32BE(at));
    const linkType = number(header, 20) & 0x0fffffff;
    if (linkType !== linkTypeSll2) throw new Error(`${path} has the link type ${linkType}`);
    yield* records(file, number);
  } finally {
    closeSync(file);
  }
}

function* records(file: number, number: (from: Buffer, at: number) => number): Generator<Frame> {
  let rest = Buffer.alloc(0);
  for (;;) {
    const chunk = Buffer.alloc(chunkBytes);
    const count = readSync(file, chunk);
    if (count === 0) return;
    rest = Buffer.concat([rest, chunk.subarray(0, count)]);
    let at = 0;
    while (at + recordHeaderBytes <= rest.length) {
      const kept = number(rest, at + 8);
      const end = at + recordHeaderBytes + kept;
      if (end > rest.length) break;
      const frame = rest.subarray(at + recordHeaderBytes, end);
      if (kept >= sll2Bytes) {
        yield {
          at: number(rest, at) * 1000 + number(rest, at + 4) / 1000,
          protocol: frame.readUInt16BE(0),
          interfaceIndex: frame.readUInt32BE(4),
          data: frame.subarray(sll2Bytes),
          wireBytes: number(rest, at + 12) - sll2Bytes,
        };
      }
      at = end;
    }
    rest = rest.subarray(at);
  }
}
