/**
 * Whether anything arrived from the server since the last look. Browsers report different counters: Firefox counts no
 * packets of a transport, and no ICE responses before version 142. So this reads every counter that grows with received
 * data.
 */
import * as z from 'zod';

const counter = z.number().default(0);
/** webrtc-stats §8: candidate pairs, the transport, received streams, and reports about sent streams. */
const entry = z.object({
  type: z.enum(['candidate-pair', 'transport', 'inbound-rtp', 'remote-inbound-rtp']),
  id: z.string(),
  state: z.string().optional(),
  responsesReceived: counter,
  packetsReceived: counter,
  bytesReceived: counter,
  lastPacketReceivedTimestamp: counter,
  roundTripTimeMeasurements: counter,
});

/** `unreported`: this browser reports no counter of received data. */
export type Arrival = 'something' | 'nothing' | 'unreported';

export class Arrivals {
  readonly #counts = new Map<string, number>();

  /** The first look also counts what arrived before it. */
  look(report: RTCStatsReport): Arrival {
    const grown = new Set<string>();
    report.forEach((value: unknown) => {
      const parsed = entry.safeParse(value).data;
      if (parsed === undefined) return;
      const count = countOf(parsed);
      // Each path has its own count, which is kept: a path that disappears does not hide what arrives on others.
      if (count > (this.#counts.get(parsed.id) ?? 0)) {
        this.#counts.set(parsed.id, count);
        grown.add(parsed.id);
      }
    });
    if (grown.size > 0) return 'something';
    return this.#counts.size === 0 ? 'unreported' : 'nothing';
  }
}

function countOf({ state, ...counted }: z.infer<typeof entry>): number {
  const { responsesReceived, packetsReceived, bytesReceived, lastPacketReceivedTimestamp } = counted;
  const came = responsesReceived + packetsReceived + bytesReceived + lastPacketReceivedTimestamp;
  // A path succeeds when its check is answered.
  return came + counted.roundTripTimeMeasurements + (state === 'succeeded' ? 1 : 0);
}
