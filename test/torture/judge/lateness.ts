/** How late an app heard by webhook of what it could know to have happened, beside a receiver that never answers. */
import type { Received } from '../../support/webhookReceiver.ts';
import type { Happened } from '../attacks/briefCalls.ts';
import type { Window } from '../torment.ts';

/** What is on its way when a store takes no writes waits for it, and for what has piled up meanwhile. */
const aroundWindow = { beforeMs: 2_000, afterMs: 10_000 } as const;

/**
 * From the moment at which a client knew that it had happened to the message of it; one that never came counts as late as
 * it is at the end. What happened about a time in which the store took no writes is left out.
 */
export function latenessOf(
  happened: readonly Happened[],
  received: readonly Pick<Received, 'callId' | 'type' | 'accepted' | 'at'>[],
  { windows, endedAt }: { readonly windows: readonly Window[]; readonly endedAt: number },
): readonly number[] {
  const accepted = new Map<string, { first: number; last: number; isOver: boolean }>();
  for (const { callId, type, at } of received.filter((one) => one.accepted)) {
    const known = accepted.get(callId) ?? { first: at, last: at, isOver: false };
    accepted.set(callId, { first: known.first, last: at, isOver: known.isOver || type === 'call.ended' });
  }
  const isAround = (at: number) =>
    windows.some(({ from, to }) => at > from - aroundWindow.beforeMs && at < to + aroundWindow.afterMs);
  return happened
    .filter(({ at }) => !isAround(at))
    .map(({ callId, event, at }) => {
      const heard = accepted.get(callId);
      const heardAt = event === 'made' ? heard?.first : heard?.isOver === true ? heard.last : undefined;
      return Math.max(0, (heardAt ?? endedAt) - at);
    });
}

export function p99Of(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0);
}
