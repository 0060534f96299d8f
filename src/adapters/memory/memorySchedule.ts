import type { CallId, Instant } from '../../domain/kernel/ids.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { LifecycleSchedule } from '../../ports/call/lifecycleSchedule.ts';

/** A schedule that runs on demand: `lookAtDue` plays the worker. */
export class MemorySchedule implements LifecycleSchedule {
  readonly #clock: Clock;
  readonly #looks = new Map<CallId, Instant>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  look(callId: CallId, at: Instant): Promise<void> {
    this.#looks.set(callId, Math.min(at, this.#looks.get(callId) ?? at));
    return Promise.resolve();
  }

  rest(callId: CallId): Promise<void> {
    this.#looks.delete(callId);
    return Promise.resolve();
  }

  depth(): Promise<Readonly<Record<'waiting' | 'delayed' | 'active' | 'failed', number>>> {
    const waiting = this.#due().length;
    return Promise.resolve({ waiting, delayed: this.#looks.size - waiting, active: 0, failed: 0 });
  }

  /** Looks at all that is due, the earliest first. */
  async lookAtDue(look: (callId: CallId) => Promise<Instant | undefined>): Promise<void> {
    for (const [callId, at] of this.#due()) {
      if (this.#looks.get(callId) !== at) continue;
      this.#looks.delete(callId);
      // After a failure it is due again.
      const next = await look(callId).catch(async (error: unknown) => {
        await this.look(callId, at);
        throw error;
      });
      if (next !== undefined) await this.look(callId, next);
    }
  }

  #due(): readonly (readonly [CallId, Instant])[] {
    const now = this.#clock.now();
    return [...this.#looks].filter(([, at]) => at <= now).sort(([, one], [, other]) => one - other);
  }
}
