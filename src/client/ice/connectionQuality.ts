/** The quality of the connection, from the statistics of both transports. */
import * as z from 'zod';

/** From WebRTC statistics (W3C webrtc-stats), for the time since the previous report. */
export interface ConnectionQuality {
  /**
   * `lost`: not connected. `poor`: `standsStill`, a round trip above 400 ms, or more than 8 % of packets lost. `fair`:
   * above 200 ms, or more than 2 %.
   */
  readonly grade: 'good' | 'fair' | 'poor' | 'lost';
  /** Round trip to the server, in milliseconds. Undefined if not measured yet. */
  readonly roundTripMs: number | undefined;
  /** Packets lost on the way here since the last report, from 0 to 100. */
  readonly receiveLossPercent: number;
  /** Packets lost on the way to the server, as it reports them, from 0 to 100. */
  readonly sendLossPercent: number;
  /** 0 in the first report. */
  readonly receivingBitsPerSecond: number;
  readonly sendingBitsPerSecond: number;
  /** Height of the largest video that arrives, in pixels. Undefined without video. */
  readonly receivedHeight: number | undefined;
  /** A camera delivers too few frames for a moving picture, or a microphone delivers nothing. */
  readonly standsStill: boolean;
}

const candidatePair = z.object({
  type: z.literal('candidate-pair'),
  nominated: z.boolean().optional(),
  currentRoundTripTime: z.number().optional(),
});
const inbound = z.object({
  type: z.literal('inbound-rtp'),
  id: z.string(),
  mid: z.string().optional(),
  bytesReceived: z.number(),
  packetsReceived: z.number(),
  packetsLost: z.number(),
  frameHeight: z.number().optional(),
  /** The id of its `MediaStreamTrack`. */
  trackIdentifier: z.string().optional(),
  framesDecoded: z.number().optional(),
});
const outbound = z.object({ type: z.literal('outbound-rtp'), id: z.string(), bytesSent: z.number() });
const remoteInbound = z.object({ type: z.literal('remote-inbound-rtp'), fractionLost: z.number().optional() });
const stat = z.discriminatedUnion('type', [candidatePair, inbound, outbound, remoteInbound]);
type Stat = z.infer<typeof stat>;

interface Totals {
  readonly atMs: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Per track: decoded frames of a video, packets of audio. */
  readonly arrived: ReadonlyMap<string, number>;
}

/** Below this many frames a second the picture of a camera seems to stand still. A camera in the dark delivers five. */
const leastFrames = 2;

/** Audio or a moving picture that is due. A screen may stand still. */
export interface ExpectedTrack {
  readonly kind: 'audio' | 'video';
  readonly track: { readonly id: string };
}

export interface StatsSource {
  getStats(): Promise<RTCStatsReport>;
}

/** Keeps the last totals, so that each report covers the time since the previous one. */
export class ConnectionMeter {
  #last: Totals | undefined;
  /** Ids of tracks that were expected at the last report already. */
  #expected: ReadonlySet<string> = new Set();

  async measure(
    transports: readonly StatsSource[],
    connected: boolean,
    expected: readonly ExpectedTrack[],
  ): Promise<ConnectionQuality> {
    const reports = await Promise.all(transports.map((transport) => transport.getStats()));
    return this.report(reports.flatMap(statsOf), { connected, expected, atMs: performance.now() });
  }

  report(stats: readonly Stat[], { connected, expected = [], atMs }: Moment): ConnectionQuality {
    const last = this.#last;
    const known = expected.filter(({ track }) => this.#expected.has(track.id));
    this.#expected = new Set(expected.map(({ track }) => track.id));
    const now = totals(stats, atMs);
    this.#last = now;
    const seconds = last === undefined ? 0 : (now.atMs - last.atMs) / 1000;
    const rate = (bytes: number) => (seconds > 0 ? Math.max(0, Math.round((bytes * 8) / seconds)) : 0);
    const measured = {
      roundTripMs: roundTrip(stats),
      receiveLossPercent: last === undefined ? 0 : lossPercent(last, now),
      sendLossPercent: sendLoss(stats),
      receivingBitsPerSecond: rate(now.bytesReceived - (last?.bytesReceived ?? 0)),
      sendingBitsPerSecond: rate(now.bytesSent - (last?.bytesSent ?? 0)),
      receivedHeight: largest(stats.flatMap((one) => (one.type === 'inbound-rtp' ? [one.frameHeight ?? 0] : []))),
      standsStill: known.some(({ kind, track: { id } }) => {
        const more = (now.arrived.get(id) ?? 0) - (last?.arrived.get(id) ?? 0);
        return more < (kind === 'video' ? leastFrames * seconds : 1);
      }),
    };
    return { ...measured, grade: connected ? grade(measured) : 'lost' };
  }
}

interface Moment {
  readonly connected: boolean;
  readonly expected?: readonly ExpectedTrack[];
  readonly atMs: number;
}

/** Thresholds at which people begin to notice (ITU-T G.114 for the delay; concealment hides about 2 % of loss). */
function grade(measured: Omit<ConnectionQuality, 'grade'>): ConnectionQuality['grade'] {
  const { roundTripMs = 0, receiveLossPercent, sendLossPercent } = measured;
  const loss = Math.max(receiveLossPercent, sendLossPercent);
  if (measured.standsStill || roundTripMs > 400 || loss > 8) return 'poor';
  return roundTripMs > 200 || loss > 2 ? 'fair' : 'good';
}

function statsOf(report: RTCStatsReport): readonly Stat[] {
  const found: Stat[] = [];
  report.forEach((value: unknown) => {
    const parsed = stat.safeParse(value);
    // mediasoup's bandwidth probe is no media of anybody.
    if (parsed.success && !(parsed.data.type === 'inbound-rtp' && parsed.data.mid === 'probator')) {
      found.push(parsed.data);
    }
  });
  return found;
}

function totals(stats: readonly Stat[], atMs: number): Totals {
  const arrived = new Map<string, number>();
  const sum = { atMs, bytesReceived: 0, bytesSent: 0, packetsReceived: 0, packetsLost: 0, arrived };
  for (const one of stats) {
    if (one.type === 'outbound-rtp') sum.bytesSent += one.bytesSent;
    if (one.type !== 'inbound-rtp') continue;
    sum.bytesReceived += one.bytesReceived;
    sum.packetsReceived += one.packetsReceived;
    sum.packetsLost += one.packetsLost;
    if (one.trackIdentifier !== undefined) arrived.set(one.trackIdentifier, one.framesDecoded ?? one.packetsReceived);
  }
  return sum;
}

function lossPercent(last: Totals, now: Totals): number {
  const lost = Math.max(0, now.packetsLost - last.packetsLost);
  const arrived = Math.max(0, now.packetsReceived - last.packetsReceived);
  return lost + arrived === 0 ? 0 : (100 * lost) / (lost + arrived);
}

function roundTrip(stats: readonly Stat[]): number | undefined {
  const times = stats.flatMap((one) =>
    one.type === 'candidate-pair' && one.nominated === true && one.currentRoundTripTime !== undefined
      ? [one.currentRoundTripTime * 1000]
      : [],
  );
  return largest(times);
}

function sendLoss(stats: readonly Stat[]): number {
  return (
    100 * (largest(stats.flatMap((one) => (one.type === 'remote-inbound-rtp' ? [one.fractionLost ?? 0] : []))) ?? 0)
  );
}

function largest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
