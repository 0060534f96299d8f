import type { CallId, NodeId, SessionId, TicketId, WebhookEndpointId } from '../../domain/kernel/ids.ts';

/** Unguessable identifiers (128 bits). */
export interface IdSource {
  callId(): CallId;
  nodeId(): NodeId;
  sessionId(): SessionId;
  ticketId(): TicketId;
  webhookEndpointId(): WebhookEndpointId;
  /** 256 bits, as Standard Webhooks writes a key. */
  webhookSecret(): string;
}
