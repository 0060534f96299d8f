/** Copies of calls in this process. */
import type { Call } from '../../domain/call/call.ts';
import { keptEvents } from '../../domain/call/events.ts';
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallCopies, CallCopy, HeldCopy } from '../../ports/call/callCopies.ts';
import type { CallChange } from '../../ports/call/callFeed.ts';
import type { Clock } from '../../ports/system/clock.ts';

export interface ProcessCallCopiesOptions {
  readonly nodeId: NodeId;
  readonly clock: Clock;
  /** For ended calls and those of other nodes: by then another process has put them back. */
  readonly forgetAfterMs: number;
  /** Called with the newest state of each call. */
  readonly onHeld?: (call: Call) => void;
}

export class ProcessCallCopies implements CallCopies {
  readonly #options: ProcessCallCopiesOptions;
  readonly #held = new Map<CallId, HeldCopy>();

  constructor(options: ProcessCallCopiesOptions) {
    this.#options = options;
  }

  learn(change: CallChange): boolean {
    const held = this.#held.get(change.call.id);
    if (held !== undefined && held.call.version >= change.call.version) return true;
    const copy = this.#grown(change);
    if (copy !== undefined) this.keep(copy);
    return copy !== undefined;
  }

  keepUnsaved(change: CallChange): boolean {
    const copy = this.#grown(change);
    if (copy !== undefined) this.#set(copy, true);
    return copy !== undefined;
  }

  keep(copy: CallCopy): void {
    this.#set(copy, false);
  }

  drop(callId: CallId): void {
    this.#held.delete(callId);
  }

  of(callId: CallId): HeldCopy | undefined {
    return this.#held.get(callId);
  }

  all(): readonly HeldCopy[] {
    const { nodeId, clock, forgetAfterMs } = this.#options;
    const before = clock.now() - forgetAfterMs;
    for (const [callId, { call, storedAt, isUnsaved }] of this.#held) {
      if (isUnsaved) continue;
      if (storedAt < before && (call.phase === 'ended' || call.nodeId !== nodeId)) this.#held.delete(callId);
    }
    return [...this.#held.values()];
  }

  unsaved(): readonly HeldCopy[] {
    return [...this.#held.values()].filter(({ isUnsaved }) => isUnsaved);
  }

  #set({ call, events }: CallCopy, isUnsaved: boolean): void {
    this.#held.set(call.id, { call, events, storedAt: this.#options.clock.now(), isUnsaved });
    this.#options.onHeld?.(call);
  }

  /** The copy with this change; undefined if earlier changes were missed. */
  #grown({ call, events }: CallChange): CallCopy | undefined {
    const held = this.#held.get(call.id);
    const before = held?.call.lastEvent ?? 0;
    const fresh = events.filter(({ seq }) => seq > before);
    if (before + fresh.length !== call.lastEvent) return undefined;
    return { call, events: keptEvents([...(held?.events ?? []), ...fresh]) };
  }
}
