/** What a device says: a packet each 20 ms, whose RTP timestamp is the moment at which it is sent. */
import { randomInt } from 'node:crypto';
import type { RtpCapabilities, RtpParameters } from '../../protocol/shared/media.ts';
import { SentPackets } from '../figures/sentPackets.ts';
import { audioLevelExtensionId, RtpStream } from '../media/rtp.ts';

export const soundClockRate = 48_000;
const everyMs = 20;
const mimeType = 'audio/opus';

export class Sound {
  readonly rtpParameters: RtpParameters;
  readonly sent = new SentPackets();
  readonly #stream: RtpStream;
  readonly #send: (packet: Buffer) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor({ codecs }: RtpCapabilities, send: (packet: Buffer) => void) {
    const codec = codecs.find((one) => one.mimeType.toLowerCase() === mimeType);
    if (codec === undefined) throw new Error(`the server takes no ${mimeType}`);
    const ssrc = randomInt(1, 0xffffffff);
    const payloadType = codec.preferredPayloadType;
    this.#send = send;
    this.#stream = new RtpStream({ ssrc, payloadType, tick: 0 });
    this.rtpParameters = {
      codecs: [{ mimeType, payloadType, clockRate: soundClockRate, channels: 2, parameters: { useinbandfec: 1 } }],
      headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: audioLevelExtensionId }],
      encodings: [{ ssrc }],
      rtcp: { reducedSize: true },
    };
  }

  start(): void {
    this.#say();
    this.#timer ??= setInterval(() => {
      this.#say();
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #say(): void {
    const at = performance.now();
    this.#stream.moveTo(Math.floor((at * soundClockRate) / 1_000));
    this.sent.note(this.#stream.timestamp, at);
    this.#send(this.#stream.audio());
  }
}
