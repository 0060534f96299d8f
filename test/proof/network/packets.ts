/** What is inside a captured frame: IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768). */
import type { Frame } from './pcap.ts';

export interface Packet {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'other';
  readonly fromPort: number;
  readonly toPort: number;
  /** Of TCP, as is whether it opens a connection. */
  readonly sequence: number;
  readonly opens: boolean;
  readonly payload: Buffer;
  /** Has not crossed a router, and may not: RFC 4861 §3.1, RFC 6762 §11. */
  readonly hopLimit: number;
}

const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd };
const protocols = new Map<number, Packet['protocol']>([
  [1, 'icmp'],
  [58, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
]);
/** Extension headers that say only what comes next and how long they are: hop-by-hop, routing, destination options. */
const skippedHeaders = new Set([0, 43, 60]);

/** Undefined for what is no IP packet, such as ARP, which names addresses of its own link alone. */
export function readPacket(frame: Frame): Packet | undefined {
  if (frame.protocol === etherTypes.ipv4) return readIpv4(frame);
  if (frame.protocol === etherTypes.ipv6) return readIpv6(frame);
  return undefined;
}

function readIpv4({ at, data }: Frame): Packet | undefined {
  if (data.length < 20) return undefined;
  const headerBytes = (data.readUInt8(0) & 0x0f) * 4;
  const around = { at, from: ipv4Text(data, 12), to: ipv4Text(data, 16), hopLimit: data.readUInt8(8) };
  return inside(around, data.readUInt8(9), data.subarray(headerBytes, data.readUInt16BE(2)));
}

function readIpv6({ at, data }: Frame): Packet | undefined {
  if (data.length < 40) return undefined;
  const around = { at, from: ipv6Text(data, 8), to: ipv6Text(data, 24), hopLimit: data.readUInt8(7) };
  let [next, offset] = [data.readUInt8(6), 40];
  while (skippedHeaders.has(next) && offset + 2 <= data.length) {
    [next, offset] = [data.readUInt8(offset), offset + (data.readUInt8(offset + 1) + 1) * 8];
  }
  return inside(around, next, data.subarray(offset, 40 + data.readUInt16BE(4)));
}

function inside(around: Pick<Packet, 'at' | 'from' | 'to' | 'hopLimit'>, number: number, data: Buffer): Packet {
  const protocol = protocols.get(number) ?? 'other';
  const base = { ...around, protocol, fromPort: 0, toPort: 0, sequence: 0, opens: false, payload: data };
  if (protocol === 'udp' && data.length >= 8) {
    return { ...base, fromPort: data.readUInt16BE(0), toPort: data.readUInt16BE(2), payload: data.subarray(8) };
  }
  if (protocol === 'tcp' && data.length >= 20) {
    const payload = data.subarray((data.readUInt8(12) >> 4) * 4);
    const [sequence, opens] = [data.readUInt32BE(4), (data.readUInt8(13) & 0x02) !== 0];
    return { ...base, fromPort: data.readUInt16BE(0), toPort: data.readUInt16BE(2), sequence, opens, payload };
  }
  return base;
}

function ipv4Text(data: Buffer, at: number): string {
  return [...data.subarray(at, at + 4)].join('.');
}

const ipv6Texts = new Map<string, string>();

/** The one way of RFC 5952, which is how the addresses of the proof are written; WHATWG's URLs write them so. */
function ipv6Text(data: Buffer, at: number): string {
  const hex = data.toString('hex', at, at + 16);
  let text = ipv6Texts.get(hex);
  if (text === undefined) {
    text = new URL(`http://[${(hex.match(/..../g) ?? []).join(':')}]`).hostname.slice(1, -1);
    ipv6Texts.set(hex, text);
  }
  return text;
}
