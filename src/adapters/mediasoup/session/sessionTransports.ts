/** The two transports of a session, created in parallel: both or neither. */
import type { types } from 'mediasoup';
import { CallError } from '../../../domain/kernel/errors.ts';
import type { Direction } from '../../../protocol/shared/media.ts';
import type { BroadcastRouter } from '../routers/broadcastRouter.ts';

export interface BroadcastLimits {
  readonly initialBitrate: number;
  readonly maxIncomingBitrate: number;
}

export async function openTransports(
  { worker, router }: BroadcastRouter,
  initialBitrate: number,
): Promise<Record<Direction, types.WebRtcTransport>> {
  const [send, receive] = await Promise.allSettled([
    worker.openTransport(router, initialBitrate),
    worker.openTransport(router, initialBitrate),
  ]);
  if (send.status === 'fulfilled' && receive.status === 'fulfilled')
    return { send: send.value, receive: receive.value };
  for (const outcome of [send, receive]) if (outcome.status === 'fulfilled') outcome.value.close();
  throw send.status === 'rejected' ? send.reason : new CallError('unavailable');
}
