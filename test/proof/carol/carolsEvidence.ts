/** Carol's record as evidence: what it is that may be searched in which way. */
import type { Recorded } from './carolOrders.ts';
import { extensionsOf } from '../judge/clear.ts';
import type { Evidence } from '../judge/evidence.ts';

const holder = 'carol';
/** RTCP packets that carry text or what an application likes: RFC 3550 §6.5 to §6.7, RFC 3611. */
const withText = new Set([202, 203, 204, 207]);

export function carolsEvidence(evidence: Evidence, record: readonly Recorded[]): void {
  for (const { at, kind, base64 } of record) {
    const bytes = Buffer.from(base64, 'base64');
    if (kind === 'frame') evidence.add({ holder, what: 'socket frames of Carol', at }, bytes);
    else if (kind === 'datagram')
      evidence.add({ holder, what: 'answers to forged datagrams', at, random: true }, bytes);
    else addPacket(evidence, at, bytes);
  }
}

/** Of RTP the payload is what the sender wrote, encrypted or not; around it every byte is the server's to answer for. */
function addPacket(evidence: Evidence, at: number, packet: Buffer): void {
  const second = packet[1] ?? 0;
  if (second < 192 || second > 223) {
    evidence.add({ holder, what: 'RTP, decrypted', at, random: true }, packet);
    for (const { data } of extensionsOf(packet)) {
      evidence.add({ holder, what: 'RTP header extensions, decrypted', at, random: data.length < 4 }, data);
    }
    return;
  }
  for (let offset = 0; offset + 4 <= packet.length;) {
    const end = offset + 4 + packet.readUInt16BE(offset + 2) * 4;
    const random = !withText.has(packet[offset + 1] ?? 0);
    evidence.add(
      { holder, what: random ? 'RTCP, decrypted' : 'RTCP with text, decrypted', at, random },
      packet.subarray(offset, end),
    );
    offset = end;
  }
}
