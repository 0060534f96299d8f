import type { CallId, NodeId, SessionId, WebhookEndpointId } from '../call/ids.ts';

/** Unguessable identifiers (128 bits). */
export interface IdSource {
  callId(): CallId;
  nodeId(): NodeId;
  sessionId(): SessionId;
  webhookEndpointId(): WebhookEndpointId;
  /** 256 bits, as Standard Webhooks writes a key. */
  webhookSecret(): string;
}
