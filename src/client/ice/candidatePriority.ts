/**
 * Paths of a restart of ICE rank above those of before. Of two paths that look alike a browser prefers the kind, and what it
 * gathers just after a change of network is of a lower kind than what it had: it would hold on to the dead path for seconds.
 */
import { custom } from 'zod';

type PeerConnections = typeof RTCPeerConnection;

const peerConnections = custom<PeerConnections>((value) => typeof value === 'function');

/** More than candidates of one server differ by among themselves. */
const step = 10_000 * 2 ** 8;
const highest = 2 ** 31 - 1;

/** The same description with the priorities of its candidates raised so many steps (RFC 8839 §5.1). */
export function raised(sdp: string, steps: number): string {
  return sdp.replace(
    /^(a=candidate:\S+ \d+ \S+ )(\d+)/gm,
    (_line, before: string, priority: string) => `${before}${Math.min(highest, Number(priority) + steps * step)}`,
  );
}

/** Undefined where there are no peer connections. */
export function withRisingPriorities(given: unknown): PeerConnections | undefined {
  const Given = peerConnections.safeParse(given).data;
  if (Given === undefined) return undefined;
  return class extends Given {
    /** Of the server's credentials: others than before mean a restart. */
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
