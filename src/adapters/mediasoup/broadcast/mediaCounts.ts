/** How much media is on a node, for metrics: numbers only. */
import type { Broadcast } from './broadcast.ts';

export interface MediaCounts {
  readonly broadcasts: number;
  readonly sessions: number;
  readonly transports: number;
  readonly producers: number;
  readonly consumers: number;
}

export function countsOf(broadcasts: readonly Broadcast[]): MediaCounts {
  const sessions = broadcasts.flatMap((broadcast) => broadcast.sessions());
  return {
    broadcasts: broadcasts.length,
    sessions: sessions.length,
    transports: sessions.length * 2,
    producers: sessions.reduce((sum, { tracks }) => sum + tracks.size, 0),
    consumers: sessions.reduce((sum, { subscriptions }) => sum + subscriptions.size, 0),
  };
}
