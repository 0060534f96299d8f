import type { CallCommandName } from '../../domain/call/commands.ts';
import type { LiveCall } from '../../domain/call/call.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { CallEvent } from '../../domain/call/events.ts';
import type { DeadlineKind } from '../../domain/call/timers.ts';
import type { SendFailure } from '../../domain/webhooks/webhook.ts';

export type Edge = 'http' | 'ws' | 'job' | 'store' | 'feed' | 'nodes';

/** What is counted. Every label is from a closed list. */
export interface CallMetrics {
  decided(command: CallCommandName, outcome: 'changed' | 'refused' | 'ignored'): void;
  happened(event: CallEvent): void;
  /** A refusal or a fault that left the product by an edge. */
  refused(edge: Edge, code: ErrorCode): void;
  /** How long a join took, or from an answer to the moment at which the broadcast let its media through. */
  observed(step: 'join' | 'setUp', durationMs: number): void;
  answered(route: string, status: number, durationMs: number): void;
  /** Something in a call was due, and was done so much later. */
  timerFired(kind: DeadlineKind, latenessMs: number): void;
  /** One attempt to deliver a webhook. */
  webhookSent(outcome: 'accepted' | SendFailure): void;
  webhookDied(count?: number): void;
  phaseLeft(phase: LiveCall['phase'], afterMs: number): void;
}

/** Of the lifecycle workers alone. */
export interface WebhookMetrics {
  /** How many endpoints do not answer this process, and how many are disabled. */
  webhookEndpoints(count: { readonly silent: number; readonly disabled: number }): void;
}
