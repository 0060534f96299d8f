/** Leaks in what Carol decrypts: through the hook that records every packet of hers. */
import { bytesOf } from '../judge/needles.ts';
import { homeOf } from '../stage/people.ts';
import { inEvidence } from './seed.ts';
import type { Seed } from './seed.ts';
import type { Stage } from '../stage/stage.ts';
import { rtpTelling } from './packets.ts';

export async function plantInRecord({ carol }: Stage): Promise<readonly Seed[]> {
  await carol.plant(rtpTelling(bytesOf(homeOf('bob').v4)));
  await carol.plant(rtpTelling(Buffer.from([...bytesOf(homeOf('alice').v4)].reverse())));
  await carol.plant(sdesTelling(homeOf('alice').v6));
  const decrypted = (what: string, place: string, owner: 'alice' | 'bob') =>
    inEvidence(what, { holder: 'carol', what: place, owner });
  return [
    decrypted('Bob’s address in an RTP header extension', 'RTP header extensions, decrypted', 'bob'),
    decrypted('Alice’s address, reversed, in an RTP header extension', 'RTP header extensions, decrypted', 'alice'),
    decrypted('Alice’s address as the CNAME in RTCP', 'RTCP with text, decrypted', 'alice'),
  ];
}

/** RTCP SDES (RFC 3550 §6.5) with one CNAME. */
function sdesTelling(cname: string): Buffer {
  const item = Buffer.concat([Buffer.from([1, cname.length]), Buffer.from(cname)]);
  const body = Buffer.alloc(4 + Math.ceil((item.length + 1) / 4) * 4);
  body.writeUInt32BE(0x12345678, 0);
  item.copy(body, 4);
  return Buffer.concat([Buffer.from([0x81, 202, 0, body.length / 4]), body]);
}
