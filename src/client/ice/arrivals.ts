/**
 * Whether anything came from the server since the last look. Browsers report different parts of it: Firefox counts no packets
 * of a transport, and before version 142 no answers of ICE. So all that grows with what comes is looked at.
 */
import * as z from 'zod';

const counter = z.number().default(0);
/** webrtc-stats §8: of paths, of the transport, of streams that come and of reports about those that go. */
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

/** `untold`: this browser reports nothing that grows with what comes. */
export type Arrival = 'something' | 'nothing' | 'untold';

export class Arrivals {
  readonly #counts = new Map<string, number>();

  /** The first look also finds what came before it. */
  look(report: RTCStatsReport): Arrival {
    const grown = new Set<string>();
    report.forEach((value: unknown) => {
      const parsed = entry.safeParse(value).data;
      if (parsed === undefined) return;
      const count = countOf(parsed);
      // A path that is gone counts no less: its number stays.
      if (count > (this.#counts.get(parsed.id) ?? 0)) {
        this.#counts.set(parsed.id, count);
        grown.add(parsed.id);
      }
    });
    if (grown.size > 0) return 'something';
    return this.#counts.size === 0 ? 'untold' : 'nothing';
  }
}

function countOf({ state, ...counted }: z.infer<typeof entry>): number {
  const { responsesReceived, packetsReceived, bytesReceived, lastPacketReceivedTimestamp } = counted;
  const came = responsesReceived + packetsReceived + bytesReceived + lastPacketReceivedTimestamp;
  // A path is found when its check was answered.
  return came + counted.roundTripTimeMeasurements + (state === 'succeeded' ? 1 : 0);
}
