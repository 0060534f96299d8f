/**
 * Sessions that were replaced by a newer one. A session that still carries media continues until the newer one delivers
 * everything, and is left then. A dead session keeps showing its last pictures until then.
 */

/** The longest time to wait for the newer session. */
const longestMs = 5_000;
/**
 * Others may not have switched yet to the newer session of this device, and may wait for its picture to grow. They need
 * hardly longer than this.
 */
const lingerMs = 2_500;

export interface FormerSessionsOptions<Session> {
  /** Whether something that is shown or played still arrives on this session. */
  readonly isNeeded: (session: Session) => boolean;
  /** The session is not needed any more. */
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

  /** The sessions that still carry media, oldest first. */
  get alive(): readonly Session[] {
    return [...this.#former].flatMap(([session, { isAlive }]) => (isAlive ? [session] : []));
  }

  has(session: Session): boolean {
    return this.#former.has(session);
  }

  add(session: Session, isAlive: boolean): void {
    this.#former.set(session, { isAlive, isLingering: false, timer: this.#finishAfter(session, longestMs) });
  }

  /**
   * A session that never delivered anything gives no sign of how far the others are, so it lives for the longest time.
   */
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

  /** The newer session has failed. Returns the newest of these that still carries media. */
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
