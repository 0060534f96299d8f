/** What both directions share: one PeerConnection to one transport of the server. */
import type { PeerConnection } from 'node-datachannel';
import type { DtlsParameters, TransportOptions } from '../../../src/protocol/shared/media.ts';
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import { candidateLines } from './sdp.ts';

export interface SideOptions {
  readonly name: string;
  readonly transport: TransportOptions;
  readonly bindAddress: string;
  readonly connect: (dtls: DtlsParameters) => Promise<void>;
  /** Sees every packet that comes in, as it is after decryption. */
  readonly observe?: ((packet: Buffer) => void) | undefined;
  /** What is said in each packet of audio, which has this RTP timestamp; the same bytes again and again when it is not given. */
  readonly say?: ((timestamp: number) => Buffer) | undefined;
  /** Hears the payload of each packet that comes in for a subscription. */
  readonly hear?: ((subscription: Subscription, payload: Buffer) => void) | undefined;
}

const connectLimitMs = 10_000;

export function whenConnected(connection: PeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no connection to the server within ${connectLimitMs} ms: ${connection.state()}`));
    }, connectLimitMs);
    connection.onStateChange((state) => {
      if (state !== 'connected' && state !== 'failed' && state !== 'closed') return;
      clearTimeout(timer);
      if (state === 'connected') resolve();
      else reject(new Error(`the connection to the server ${state}`));
    });
  });
}

export function giveCandidates(connection: PeerConnection, transport: TransportOptions, mid: string): void {
  for (const line of candidateLines(transport)) connection.addRemoteCandidate(line, mid);
}
