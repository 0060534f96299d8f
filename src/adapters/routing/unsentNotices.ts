/** Retries failed notices until they are sent, or the receiver is gone. */
import type { NodeId, SessionId } from '../../domain/kernel/ids.ts';

const sayAgainMs = 1_000;

interface Owed {
  readonly to: NodeId;
  readonly again: () => Promise<void>;
}

export class UnsentNotices {
  /** Only the newest notice of each session counts. */
  readonly #owed = new Map<SessionId, Owed>();

  /** `again` defaults to `say`. */
  say(to: NodeId, sessionId: SessionId, words: { say(): Promise<void>; again?(): Promise<void> }): void {
    words.say().catch(() => {
      this.#owe(sessionId, { to, again: () => words.again?.() ?? words.say() });
    });
  }

  giveUp(nodeId: NodeId): void {
    for (const [sessionId, { to }] of this.#owed) if (to === nodeId) this.#owed.delete(sessionId);
  }

  #owe(sessionId: SessionId, owed: Owed): void {
    this.#owed.set(sessionId, owed);
    const timer = setTimeout(() => {
      if (this.#owed.get(sessionId) !== owed) return;
      this.#owed.delete(sessionId);
      owed.again().catch(() => {
        if (!this.#owed.has(sessionId)) this.#owe(sessionId, owed);
      });
    }, sayAgainMs);
    timer.unref();
  }
}
