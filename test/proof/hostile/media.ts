/** RTP (RFC 3550) under the names of others and with text in its headers, and RTCP that claims, asks and ends for others. */
import { randomBytes, randomUUID } from 'node:crypto';
import { headerExtensionUri } from '../../../src/protocol/shared/media.ts';
import type { Person } from '../../support/participant/person.ts';
import type { Attempt } from '../carol/carolOrders.ts';
import { bytesOf } from '../judge/needles.ts';
import { homeOf } from '../stage/people.ts';
import { canary } from './options.ts';

const rounds = 20;
const texts = [Buffer.from(canary), Buffer.from(homeOf('carol').v4), bytesOf(homeOf('carol').v6)];

export async function forgeMedia(person: Person): Promise<readonly Attempt[]> {
  const foreign = [...(person.participant?.receptions.values() ?? [])].flatMap(
    ({ subscription }) => subscription.rtpParameters.encodings[0]?.ssrc ?? [],
  );
  const ssrcs = [...foreign, 0, 1, 1234, 0xffffffff];
  const kinds: readonly (readonly [what: string, packets: readonly Buffer[]])[] = [
    ['RTP with SSRCs of others and of nobody', ssrcs.map((ssrc) => rtp(ssrc, Buffer.alloc(0)))],
    ['RTP with every extension id and text in each', ssrcs.flatMap((ssrc) => everyExtension(ssrc))],
    ['RTP cut off and with lengths that are not so', ssrcs.flatMap(broken)],
    ['RTCP that reports, describes, asks and ends for others', ssrcs.flatMap(rtcpOf)],
    ['RTCP of lengths that are not so', ssrcs.flatMap((ssrc) => rtcpOf(ssrc).map(miscounted))],
  ];
  const attempts: Attempt[] = [];
  for (const [what, packets] of kinds) {
    let sent = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const packet of packets) if (person.participant?.sendRaw('microphone', packet) === true) sent += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    attempts.push({ what: `${what} were sent`, held: sent > 0, detail: `${sent} packets` });
  }
  return attempts;
}

function rtp(ssrc: number, extension: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head[0] = extension.length > 0 ? 0x90 : 0x80;
  head[1] = 100;
  randomBytes(6).copy(head, 2);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, extension, Buffer.alloc(60, 0x55)]);
}

/**
 * A screen of her own, published with every extension that the protocol knows, and text in each of them: what the server
 * forwards of a stream that it takes.
 */
export async function publishWithText(person: Person): Promise<number> {
  const { participant, sessionId } = person;
  if (participant === undefined) throw new Error('Carol has not joined');
  const { kind, source, rtpParameters } = participant.describe('screen');
  const headerExtensions = headerExtensionUri.options.map((uri, index) => ({ uri, id: index + 1 }));
  const track = { trackId: randomUUID(), kind, source, rtpParameters: { ...rtpParameters, headerExtensions } };
  const answer = await person.socket.try('publish', { sessionId, tracks: [track] });
  if ('error' in answer) throw new Error(`the screen was refused: ${answer.error.data.code}`);
  return rtpParameters.encodings[0]?.ssrc ?? 0;
}

/** Key frames of VP8 (RFC 7741), so that nothing but the text could keep the server from forwarding them. */
export async function sendText(person: Person, ssrc: number): Promise<void> {
  const payload = Buffer.concat([
    Buffer.from([0x10, 0x02, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0]),
    Buffer.alloc(60),
  ]);
  const payloadType = person.participant?.describe('screen').rtpParameters.codecs[0]?.payloadType ?? 0;
  let sequence = 1;
  const lengths = [1, 2, 3, 4, 8, canary.length];
  for (const length of lengths) {
    for (let id = 1; id <= headerExtensionUri.options.length; id += 1) {
      const text = Buffer.from(canary).subarray(0, length);
      const head = Buffer.from([0x90, 0x80 | payloadType, sequence >> 8, sequence & 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
      head.writeUInt32BE(sequence * 3000, 4);
      head.writeUInt32BE(ssrc, 8);
      const extension = block(0xbede, Buffer.concat([Buffer.from([(id << 4) | (length - 1)]), text]));
      person.participant?.sendRaw('screen', Buffer.concat([head, extension, payload]));
      sequence += 1;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }
}

/** Both forms of RFC 8285; the ids of what was negotiated are among them, such as MID. */
function everyExtension(ssrc: number): readonly Buffer[] {
  return texts.flatMap((text) =>
    Array.from({ length: 14 }, (_, index) => index + 1).flatMap((id) => [
      rtp(ssrc, block(0xbede, Buffer.concat([Buffer.from([(id << 4) | (text.length - 1)]), text]))),
      rtp(ssrc, block(0x1000, Buffer.concat([Buffer.from([id, text.length]), text]))),
    ]),
  );
}

function block(profile: number, elements: Buffer): Buffer {
  const words = Math.ceil(elements.length / 4);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(profile, 0);
  head.writeUInt16BE(words, 2);
  return Buffer.concat([head, elements, Buffer.alloc(words * 4 - elements.length)]);
}

function broken(ssrc: number): readonly Buffer[] {
  const tooLong = block(0xbede, Buffer.concat([Buffer.from([0x1f]), texts[0] ?? Buffer.alloc(0)]));
  tooLong.writeUInt16BE(0xffff, 2);
  const fullOfSources = rtp(ssrc, Buffer.alloc(0));
  fullOfSources[0] = 0x8f;
  const padded = rtp(ssrc, Buffer.alloc(0));
  padded[0] = 0xa0;
  padded[padded.length - 1] = 0xff;
  return [rtp(ssrc, tooLong), fullOfSources, padded];
}

function rtcpOf(ssrc: number): readonly Buffer[] {
  const source = Buffer.alloc(4);
  source.writeUInt32BE(ssrc);
  const text = texts[0] ?? Buffer.alloc(0);
  const sdes = Buffer.concat([source, Buffer.from([1, text.length]), text, Buffer.alloc(4)]);
  const bye = Buffer.concat([source, Buffer.from([text.length]), text]);
  return [
    rtcp(0, 200, Buffer.concat([source, randomBytes(20)])),
    rtcp(1, 201, Buffer.concat([source, source, randomBytes(20)])),
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((item) =>
      rtcp(1, 202, Buffer.concat([source, Buffer.from([item]), sdes.subarray(5)])),
    ),
    rtcp(1, 203, bye),
    rtcp(5, 204, Buffer.concat([source, Buffer.from('VEIL'), text])),
    // Negative acknowledgements, PLI, FIR, REMB, transport-wide feedback, extended reports (RFC 4585, 5104, 3611).
    ...[1, 3, 4, 15].map((format) => rtcp(format, 205, Buffer.concat([source, source, randomBytes(16)]))),
    ...[1, 2, 4, 15].map((format) => rtcp(format, 206, Buffer.concat([source, source, randomBytes(16)]))),
    rtcp(0, 207, Buffer.concat([source, Buffer.from([5, 0, 0, 3]), randomBytes(12)])),
  ];
}

function rtcp(count: number, type: number, body: Buffer): Buffer {
  const words = Math.ceil(body.length / 4);
  return Buffer.concat([
    Buffer.from([0x80 | count, type, words >> 8, words & 0xff]),
    body,
    Buffer.alloc(words * 4 - body.length),
  ]);
}

function miscounted(packet: Buffer): Buffer {
  const copy = Buffer.from(packet);
  copy.writeUInt16BE(0x7fff, 2);
  copy[0] = 0x9f;
  return copy;
}
