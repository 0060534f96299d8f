import type { SessionEnding } from '../../../protocol/socket/notifications.ts';
import type { Heard } from './speakers.ts';

/** Notified of changes of a broadcast: pipes to and from other nodes. */
export interface Watcher {
  /** What viewers are offered changed, or whether it flows. */
  readonly changed?: () => void;
  readonly heard?: (heard: Heard) => void;
  /** The last session has left. */
  readonly emptied?: () => void;
  readonly closed?: (why: SessionEnding) => void;
}
