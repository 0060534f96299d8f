/** Channels between nodes of one process. */
import type { NodeId } from '../../domain/kernel/ids.ts';
import type { NodeChannel } from '../../ports/cluster/nodeChannel.ts';

export class MemoryNodeChannels {
  readonly #listeners = new Map<NodeId, (text: string) => void>();

  /** One end: what is sent to its node arrives there after the present turn. */
  open(nodeId: NodeId): NodeChannel & { close(): void } {
    return {
      nodeId,
      send: (to, text) => {
        setImmediate(() => {
          this.#listeners.get(to)?.(text);
        });
        return Promise.resolve();
      },
      onText: (listener) => {
        this.#listeners.set(nodeId, listener);
      },
      // Memory loses nothing.
      onGap: () => undefined,
      close: () => {
        this.#listeners.delete(nodeId);
      },
    };
  }
}
