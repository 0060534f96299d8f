import type { SessionEnding } from '../../../protocol/socket/notifications.ts';
import type { Heard } from './speakers.ts';

/** What else hears of a broadcast: pipes to and from other nodes. */
export interface Watcher {
  /** What viewers are offered, or whether it flows. */
  readonly changed?: () => void;
  readonly heard?: (heard: Heard) => void;
  /** The last session is gone. */
  readonly emptied?: () => void;
  readonly closed?: (why: SessionEnding) => void;
}
