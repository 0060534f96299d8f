/**
 * Sessions that another one follows. One that still carries goes on until everything it delivered comes by the new one, and is
 * left then; of one that is dead the last pictures stay meanwhile.
 */

/** Longer nobody waits for what does not come by the new session. */
const longestMs = 5_000;
/** Others may not have taken over yet what this device sends, and may wait for a picture of it to grow: they are hardly further behind. */
const lingerMs = 2_500;

export interface FormerSessionsOptions<Session> {
  /** Something that is seen or heard still comes by this one. */
  readonly isNeeded: (session: Session) => boolean;
  /** It has done its part. */
  readonly finished: (session: Session, wasAlive: boolean) => void;
}

interface Former {
  isAlive: boolean;
  isLingering: boolean;
  timer: ReturnType<typeof setTimeout>;
}

export class FormerSessions<Session> {
  readonly #options: FormerSessionsOptions<Session>;
  readonly #former = new Map<Session, Former>();

  constructor(options: FormerSessionsOptions<Session>) {
    this.#options = options;
  }

  /** Those that still carry, the oldest first. */
  get alive(): readonly Session[] {
    return [...this.#former].flatMap(([session, { isAlive }]) => (isAlive ? [session] : []));
  }

  has(session: Session): boolean {
    return this.#former.has(session);
  }

  add(session: Session, isAlive: boolean): void {
    this.#former.set(session, { isAlive, isLingering: false, timer: this.#finishAfter(session, longestMs) });
  }

  /** Whoever delivers nothing from the start cannot see how far the others are, and lasts as long as may be. */
  tracksChanged(): void {
    for (const [session, former] of [...this.#former]) {
      if (former.isLingering || this.#options.isNeeded(session)) continue;
      former.isLingering = true;
      clearTimeout(former.timer);
      former.timer = this.#finishAfter(session, former.isAlive ? lingerMs : 0);
    }
  }

  died(session: Session): void {
    const former = this.#former.get(session);
    if (former !== undefined) former.isAlive = false;
  }

  /** The one that followed has failed, and the newest that still carries goes on. */
  takeBack(): Session | undefined {
    const session = this.alive.at(-1);
    if (session === undefined) return undefined;
    clearTimeout(this.#former.get(session)?.timer);
    this.#former.delete(session);
    return session;
  }

  finishAll(): void {
    for (const session of [...this.#former.keys()]) this.finish(session);
  }

  finish(session: Session): void {
    const former = this.#former.get(session);
    if (former === undefined) return;
    clearTimeout(former.timer);
    this.#former.delete(session);
    this.#options.finished(session, former.isAlive);
  }

  #finishAfter(session: Session, ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.finish(session);
    }, ms);
  }
}
