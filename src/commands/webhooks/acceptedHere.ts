import type { WebhookMessage } from '../../domain/webhooks/webhook.ts';
import type { Lane } from '../../ports/webhooks/webhooks.ts';

/** Those of some minutes on a busy day. */
const most = 10_000;

/**
 * What this process has seen accepted, the newest of it. The mailbox may be away when that is to be noted, or the note die
 * with a master of Redis that no replica had it from: then it is noted again, and the message not sent again.
 */
export class AcceptedHere {
  /** A number of a call may come twice when a master died: only what says the same is the same. */
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
