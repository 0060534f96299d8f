/** What must be said and could not: said again until it was, or nobody is there any more to hear it. */
import type { NodeId, SessionId } from '../../domain/kernel/ids.ts';

const sayAgainMs = 1_000;

interface Owed {
  readonly to: NodeId;
  readonly again: () => Promise<void>;
}

export class UnsentNotices {
  /** The newest word about each session counts. */
  readonly #owed = new Map<SessionId, Owed>();

  /** `again` defaults to the same words. */
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
