/** Channels between nodes of one process. */
import type { NodeId } from '../../domain/kernel/ids.ts';
import type { NodeChannel } from '../../ports/cluster/nodeChannel.ts';

export class MemoryNodeChannels {
  readonly #listeners = new Map<NodeId, (text: string) => void>();

  /** One end. Messages to its node arrive after the current turn. */
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
      // There are no gaps in memory.
      onGap: () => undefined,
      close: () => {
        this.#listeners.delete(nodeId);
      },
    };
  }
}
