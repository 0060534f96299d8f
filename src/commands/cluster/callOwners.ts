/**
 * The node that owns a call decides its commands, one after another, on its own copy. All other processes hand their
 * commands to that node. If the owner does not answer, a command is decided without it. The version check of the store
 * keeps that safe: ownership only avoids lost races.
 */
import type { Call } from '../../domain/call/call.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, NodeId } from '../../domain/kernel/ids.ts';
import type { CallCopies } from '../../ports/call/callCopies.ts';
import type { CallChange } from '../../ports/call/callFeed.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { NodeMessages } from '../../ports/cluster/nodeMessages.ts';
import type { HandedCommand } from '../../protocol/internal/callCommands.ts';
import { CallTurns } from '../call/running/callTurns.ts';
import type { CallTurnsOptions } from '../call/running/callTurns.ts';

export interface CallOwnersOptions {
  readonly messages: NodeMessages;
  /** The clock that all processes share. */
  readonly clock: Clock;
  /** What a node knows of its calls. Absent in a process that owns none. */
  readonly copies?: Pick<CallCopies, 'of' | 'keepUnsaved'>;
  readonly answerWithinMs?: number;
  readonly turns?: CallTurnsOptions;
}

/** A living owner answers in milliseconds, and a person who hangs up should not wait long for a dead one. */
const defaultAnswerWithinMs = 1_500;
/**
 * A node that did not answer is not asked again for this long. The watch over the nodes soon knows whether it lives.
 */
const askAgainAfterMs = 2_000;

export class CallOwners {
  readonly #options: CallOwnersOptions;
  readonly #answerWithinMs: number;
  readonly #turns: CallTurns;
  /** Until when a node is not asked, by `performance.now()`. */
  readonly #silent = new Map<NodeId, number>();

  constructor(options: CallOwnersOptions) {
    this.#options = options;
    this.#turns = new CallTurns(options.turns);
    this.#answerWithinMs = options.answerWithinMs ?? defaultAnswerWithinMs;
  }

  /** The newest state that this process knows of a live call that it owns. */
  copyOf(callId: CallId): Call | undefined {
    const call = this.#options.copies?.of(callId)?.call;
    return call !== undefined && call.phase !== 'ended' && this.#isSelf(call.nodeId) ? call : undefined;
  }

  isOwn(call: Call): boolean {
    return this.#isSelf(call.nodeId);
  }

  /**
   * Keeps a change of a call of this process that the store cannot take. False when earlier changes are not known here.
   */
  keepUnsaved(change: CallChange): boolean {
    return this.#options.copies?.keepUnsaved(change) ?? false;
  }

  inTurn<T>(callId: CallId, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(callId, work);
  }

  /**
   * `unsaved`: it is done, and the store does not know it yet. `unanswered`: it may have been done, or not. Throws what the
   * call refuses with.
   */
  async ask(owner: NodeId, callId: CallId, command: HandedCommand): Promise<'done' | 'unsaved' | 'unanswered'> {
    const { messages, clock } = this.#options;
    if (this.#isSilent(owner)) return 'unanswered';
    const askedAt = performance.now();
    const withinMs = this.#answerWithinMs;
    try {
      const params = { callId, command, notAfter: clock.now() + withinMs };
      const { isUnsaved } = await messages.request(owner, 'command', params, withinMs);
      return isUnsaved === true ? 'unsaved' : 'done';
    } catch (error) {
      if (!(error instanceof CallError) || error.code !== 'unavailable') throw error;
      const now = performance.now();
      if (now - askedAt >= withinMs) this.#silent.set(owner, now + askAgainAfterMs);
      return 'unanswered';
    }
  }

  /** Answers commands that other processes hand over. */
  serve(run: (callId: CallId, command: HandedCommand) => Promise<unknown>): void {
    const { messages, clock } = this.#options;
    messages.serve({
      requests: {
        command: ({ callId, command, notAfter }) =>
          this.#turns.take(callId, async () => {
            if (clock.now() > notAfter) throw new CallError('unavailable');
            await run(callId, command);
            return this.#isUnsaved(callId) ? { isUnsaved: true } : {};
          }),
      },
    });
  }

  #isUnsaved(callId: CallId): boolean {
    return this.#options.copies?.of(callId)?.isUnsaved === true;
  }

  #isSelf(nodeId: NodeId): boolean {
    return this.#options.copies !== undefined && this.#options.messages.nodeId === nodeId;
  }

  #isSilent(nodeId: NodeId): boolean {
    const until = this.#silent.get(nodeId);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#silent.delete(nodeId);
    return false;
  }
}
