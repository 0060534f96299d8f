import type { CallId, NodeId, SessionId, TicketId, WebhookEndpointId } from '../../domain/kernel/ids.ts';

/** Unguessable identifiers (128 bits). */
export interface IdSource {
  callId(): CallId;
  nodeId(): NodeId;
  sessionId(): SessionId;
  ticketId(): TicketId;
  webhookEndpointId(): WebhookEndpointId;
  /** 256 bits, in the key format of Standard Webhooks. */
  webhookSecret(): string;
}
