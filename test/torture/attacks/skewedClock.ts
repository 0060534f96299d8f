/** Lifecycle workers whose clock is ahead of all others, and then behind; and rings that must last as long as they should. */
import { skewedClock } from '../../support/processes/skewedClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import type { Device } from '../../chaos/clients/device.ts';
import type { Stage } from '../../chaos/stage/stage.ts';
import type { Torment } from '../torment.ts';

export const skewSeconds = 20;
/** Longer than a webhook waits for its answer. */
const stopWithinMs = 15_000;

/** Undefined where libfaketime is not installed. */
export function startSkewed(stage: Stage, seconds: number): Promise<ServerProcess> | undefined {
  const clock = skewedClock(seconds);
  if (clock === undefined) return undefined;
  return stage.startMoreJobs('node3', {
    ...clock,
    VEILCAST_DRAIN_TIMEOUT_MS: String(stopWithinMs),
  });
}

const earliest = 0.6;
const latestMs = 12_000;

/** Nobody answers: it must ring for the time that is set, whoever fires the timer. */
export async function ringOut(torment: Torment, { caller, callee, ringMs }: Ring): Promise<void> {
  const { diary } = torment.stage;
  const callId = await caller.call([callee.userId]);
  const madeAt = Date.now();
  const ended = () =>
    diary.entries.some(
      (entry) => entry.kind === 'told' && entry.call.callId === callId && entry.call.phase === 'ended',
    );
  try {
    await waitFor(`${callId} to be missed`, ended, { withinMs: ringMs + latestMs, everyMs: 100 });
  } catch (error) {
    torment.found.push({ rule: 'wrong time', what: String(error) });
  }
  const rangMs = Date.now() - madeAt;
  if (rangMs < ringMs * earliest) {
    torment.found.push({ rule: 'wrong time', what: `${callId} rang for ${rangMs} ms of ${ringMs}` });
  }
}
export interface Ring {
  readonly caller: Device;
  readonly callee: Device;
  readonly ringMs: number;
}
