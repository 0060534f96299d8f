/** Asks all nodes for their viewers in parallel, and merges the answers. */
import type { CallId, UserId } from '../../domain/kernel/ids.ts';
import type { NodeDirectory } from '../../ports/cluster/nodeDirectory.ts';
import type { NodeMessages } from '../../ports/cluster/nodeMessages.ts';
import type { ViewersAnywhere, ViewersPage, Watching } from '../../ports/media/viewers.ts';

export interface RoutedViewersOptions {
  readonly messages: NodeMessages;
  readonly nodes: Pick<NodeDirectory, 'all'>;
  /** For this node's own sockets. */
  readonly here: (callId: CallId, page: ViewersPage) => readonly Watching[];
}

export class RoutedViewers implements ViewersAnywhere {
  readonly #options: RoutedViewersOptions;

  constructor(options: RoutedViewersOptions) {
    this.#options = options;
    options.messages.serve({
      requests: {
        viewers: ({ callId, after, limit }) =>
          Promise.resolve({ viewers: [...options.here(callId, { after, limit })] }),
      },
    });
  }

  async list(callId: CallId, page: ViewersPage): Promise<readonly Watching[]> {
    const { messages, nodes, here } = this.#options;
    const { after, limit } = page;
    const asked = after === undefined ? { callId, limit } : { callId, after, limit };
    const others = (await nodes.all()).filter(({ nodeId }) => nodeId !== messages.nodeId);
    const answers = await Promise.all(others.map(({ nodeId }) => messages.request(nodeId, 'viewers', asked)));
    const devices = new Map<UserId, number>();
    for (const one of [...here(callId, page), ...answers.flatMap(({ viewers }) => viewers)]) {
      devices.set(one.userId, (devices.get(one.userId) ?? 0) + one.devices);
    }
    const all = [...devices].map(([userId, count]) => ({ userId, devices: count }));
    return all.sort((one, other) => (one.userId < other.userId ? -1 : 1)).slice(0, limit);
  }
}
