import type { WebhookMessage } from '../../domain/webhooks/webhook.ts';
import type { Lane } from '../../ports/webhooks/webhooks.ts';

/** The messages of a few minutes on a busy day. */
const most = 10_000;

/**
 * The newest messages that this process has seen accepted. The mailbox may be away when that is to be noted, or the
 * note may be lost in a failover. Then it is noted again, and the message is not sent again.
 */
export class AcceptedHere {
  /** A sequence number may come twice when a master died: only equal bodies are the same message. */
  readonly #bodies = new Map<string, string>();

  has(lane: Lane, message: WebhookMessage): boolean {
    return this.#bodies.get(nameOf(lane, message)) === message.body;
  }

  add(lane: Lane, message: WebhookMessage): void {
    this.#bodies.set(nameOf(lane, message), message.body);
    const [oldest] = this.#bodies.keys();
    if (this.#bodies.size > most && oldest !== undefined) this.#bodies.delete(oldest);
  }
}

function nameOf({ endpointId }: Lane, { id }: WebhookMessage): string {
  return `${endpointId} ${id}`;
}
