import type { CallCommandName } from '../../domain/call/commands.ts';
import type { LiveCall } from '../../domain/call/call.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { DeadlineKind } from '../../domain/call/deadlines.ts';
import type { SendFailure } from '../../domain/webhooks/webhook.ts';

/** Where a request came in, or where a fault was noticed. */
export type Edge = 'http' | 'ws' | 'job' | 'store' | 'feed' | 'nodes' | 'admin';

/** Counters and timings. Every label is from a closed list, so that no metric can contain an address or a name. */
export interface CallMetrics {
  /** The domain decided a command. */
  decided(command: CallCommandName, outcome: 'changed' | 'refused' | 'ignored'): void;
  /** An event was saved. */
  happened(event: CallEvent): void;
  /** A refusal or fault that an edge returned. */
  refused(edge: Edge, code: ErrorCode): void;
  /** Duration of a join, or from an answer until the broadcast lets its media flow. */
  observed(step: 'join' | 'setUp', durationMs: number): void;
  /** An HTTP request was answered. `route`: the pattern, never the URL. */
  answered(route: string, status: number, durationMs: number): void;
  /** A timer of a call ran, `latenessMs` after it was due. */
  timerFired(kind: DeadlineKind, latenessMs: number): void;
  /** A call left this phase after this long. */
  phaseLeft(phase: LiveCall['phase'], afterMs: number): void;
}

/** Metrics of lifecycle workers only. */
export interface WebhookMetrics {
  /** One attempt to deliver a webhook. */
  webhookSent(outcome: 'accepted' | SendFailure): void;
  /** Messages became dead letters; one by default. */
  webhookDied(count?: number): void;
  /** How many endpoints this process finds silent, and how many are disabled. */
  webhookEndpoints(count: { readonly silent: number; readonly disabled: number }): void;
}
