/** What the captures show: who talks to whom, and every byte in clear that came to a client. */
import { readCapture } from './pcap.ts';
import { readPacket } from './packets.ts';
import type { Packet } from './packets.ts';
import type { Capture } from './capture.ts';
import { clearParts } from '../judge/clear.ts';
import type { Evidence } from '../judge/evidence.ts';
import { addressesOf, clients, familiesOf, homeOf, hosts, relayHome, routerOn } from '../stage/people.ts';
import type { Client, Host, Place } from '../stage/people.ts';

export interface Strayed {
  readonly place: Place;
  readonly during: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
  count: number;
}
export interface WireReport {
  readonly packets: number;
  readonly wireBytes: number;
  /** By scenario: how many packets were between a client and the server. */
  readonly between: ReadonlyMap<string, number>;
  readonly strayed: readonly Strayed[];
  /** Neighbour discovery and mDNS, which stay on the client's own link. */
  readonly onOwnLink: number;
}

const owners = new Map<string, Host>([
  ...clients.flatMap((client) => addressesOf(client).map((address): [string, Host] => [address, client])),
  ...[homeOf('server'), relayHome].flatMap(familiesOf).map((address): [string, Host] => [address, 'server']),
]);
const routers = new Set(hosts.flatMap((host) => familiesOf(routerOn(host))));
/** Cannot leave the link: RFC 4291 §2.5.6 and §2.7, RFC 5771 §4, RFC 1112 appendix. */
const ofOneLink = /^(fe80:|ff02:|224\.0\.0\.|239\.255\.255\.250$|::$|0\.0\.0\.0$)/;

const tlsPort = 443;

export class WireTap {
  readonly #evidence: Evidence;
  readonly #mediaPorts: ReadonlySet<number>;
  readonly #strayed = new Map<string, Strayed>();
  readonly #between = new Map<string, number>();
  /** The next sequence number of a flow, so that what is sent again is read once. */
  readonly #flows = new Map<string, number>();
  #packets = 0;
  #wireBytes = 0;
  #onOwnLink = 0;

  constructor(evidence: Evidence, mediaPorts: readonly number[]) {
    this.#evidence = evidence;
    this.#mediaPorts = new Set(mediaPorts);
  }

  read({ place, path }: Capture): void {
    for (const frame of readCapture(path)) {
      this.#packets += 1;
      this.#wireBytes += frame.wireBytes;
      const packet = readPacket(frame);
      if (packet === undefined) continue;
      this.#judge(place, packet);
      const owner = owners.get(packet.to);
      if (owner !== undefined && owner !== 'server' && owner === place) this.#keepClear(owner, packet);
    }
  }

  get report(): WireReport {
    const counts = { packets: this.#packets, wireBytes: this.#wireBytes, onOwnLink: this.#onOwnLink };
    return { ...counts, between: this.#between, strayed: [...this.#strayed.values()] };
  }

  #judge(place: Place, packet: Packet): void {
    const [from, to] = [owners.get(packet.from), owners.get(packet.to)];
    const why = whyStrayed(place, packet, from, to);
    const during = this.#evidence.during(packet.at);
    if (why !== undefined) {
      const key = `${place} ${during} ${packet.from} ${packet.to} ${why}`;
      const strayed = this.#strayed.get(key) ?? { place, during, from: packet.from, to: packet.to, why, count: 0 };
      strayed.count += 1;
      this.#strayed.set(key, strayed);
    } else if (from === 'server' || to === 'server') {
      const client = from === 'server' ? to : from;
      if (client !== undefined && client !== 'server' && client === place)
        this.#between.set(during, (this.#between.get(during) ?? 0) + 1);
    } else if (ofOneLink.test(packet.to) || ofOneLink.test(packet.from)) this.#onOwnLink += 1;
  }

  #keepClear(holder: Client, packet: Packet): void {
    const { at, protocol, payload } = packet;
    if (protocol === 'udp') {
      for (const { what, content, random } of clearParts(packet)) {
        this.#evidence.add({ holder, what: `${what} on the wire`, random, at }, content);
      }
      return;
    }
    const flow = `${packet.from} ${packet.fromPort} ${packet.to} ${packet.toPort}`;
    if (packet.opens) this.#flows.delete(flow);
    if (protocol !== 'tcp' || payload.length === 0) return;
    const next = this.#flows.get(flow) ?? packet.sequence;
    const known = (next - packet.sequence) | 0;
    if (known >= payload.length) return;
    const fresh = known > 0 ? payload.subarray(known) : payload;
    this.#flows.set(flow, (packet.sequence + payload.length) >>> 0);
    const isMedia = this.#mediaPorts.has(packet.fromPort);
    const isTls = packet.fromPort === tlsPort;
    const what = isMedia ? 'ICE over TCP on the wire' : isTls ? 'TLS on the wire' : 'TCP on the wire';
    this.#evidence.append({ holder, what, random: isMedia || isTls, at }, fresh);
  }
}

/** Undefined for a packet that may be there. */
function whyStrayed(place: Place, packet: Packet, from?: Host, to?: Host): string | undefined {
  const isClient = (host?: Host): host is Client => host !== undefined && host !== 'server';
  if (isClient(from) && isClient(to) && from !== to) return 'from one client to another';
  if (place !== 'router' && place !== 'server') {
    const stranger = [from, to].find((host) => isClient(host) && host !== place);
    if (stranger !== undefined) return `of ${stranger}, at another client`;
  }
  if (!isClient(from) && !isClient(to)) return undefined;
  const other = isClient(from) ? packet.to : packet.from;
  if (from === to || from === 'server' || to === 'server') return undefined;
  // The router says that something cannot be reached, or asks for and tells link addresses.
  if (packet.protocol === 'icmp' && (routers.has(other) || ofOneLink.test(other))) return undefined;
  if (ofOneLink.test(other) && (place === from || place === to || place === 'router')) return undefined;
  return 'between a client and something that is not the server';
}
