/**
 * Ranks the paths of an ICE restart above earlier ones. Of two paths that look alike, a browser prefers the better
 * candidate type. Just after a change of network it gathers candidates of a lower type than before, so it would keep
 * the dead path for seconds.
 */
import { custom } from 'zod';

type PeerConnections = typeof RTCPeerConnection;

const peerConnections = custom<PeerConnections>((value) => typeof value === 'function');

/** More than the candidates of one server differ from each other. */
const step = 10_000 * 2 ** 8;
const highest = 2 ** 31 - 1;

/** The same SDP with the priorities of its candidates raised by `steps` steps (RFC 8839 §5.1). */
export function raised(sdp: string, steps: number): string {
  return sdp.replace(
    /^(a=candidate:\S+ \d+ \S+ )(\d+)/gm,
    (_line, before: string, priority: string) => `${before}${Math.min(highest, Number(priority) + steps * step)}`,
  );
}

/** Undefined if there is no `RTCPeerConnection`. */
export function withRisingPriorities(given: unknown): PeerConnections | undefined {
  const Given = peerConnections.safeParse(given).data;
  if (Given === undefined) return undefined;
  return class extends Given {
    /** The server's `ice-ufrag`. A new one means an ICE restart. */
    #fragment: string | undefined;
    #restarts = 0;

    override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      const { sdp = '' } = description;
      const fragment = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1];
      if (this.#fragment !== undefined && fragment !== this.#fragment) this.#restarts += 1;
      this.#fragment = fragment;
      return super.setRemoteDescription({ ...description, sdp: raised(sdp, this.#restarts) });
    }
  };
}
