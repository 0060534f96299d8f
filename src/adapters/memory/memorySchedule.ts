import type { Instant } from '../../call/ids.ts';
import type { Timer } from '../../call/timers.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LifecycleSchedule } from '../../ports/lifecycleSchedule.ts';

/** Timers that fire when told to: `fireDue` plays the worker. */
export class MemorySchedule implements LifecycleSchedule {
  readonly #clock: Clock;
  readonly #timers = new Map<string, { readonly timer: Timer; readonly at: Instant }>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  schedule(timer: Timer, at: Instant): Promise<void> {
    const name = nameOf(timer);
    if (!this.#timers.has(name)) this.#timers.set(name, { timer, at });
    return Promise.resolve();
  }

  cancel(timer: Timer): Promise<void> {
    this.#timers.delete(nameOf(timer));
    return Promise.resolve();
  }

  depth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'failed', number>>> {
    const waiting = this.#due().length;
    return Promise.resolve({ waiting, delayed: this.#timers.size - waiting, active: 0, failed: 0 });
  }

  /** Fires what is due by the clock, the earliest first; one that fails is due again. */
  async fireDue(fire: (timer: Timer) => Promise<void>): Promise<void> {
    for (const { timer } of this.#due()) {
      await fire(timer);
      this.#timers.delete(nameOf(timer));
    }
  }

  #due() {
    const now = this.#clock.now();
    return [...this.#timers.values()].filter(({ at }) => at <= now).sort((one, other) => one.at - other.at);
  }
}

function nameOf(timer: Timer): string {
  const { kind, callId, era } = timer;
  return JSON.stringify([kind, callId, era, kind === 'grace' ? timer.userId : null]);
}
