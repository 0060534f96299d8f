/** Identifiers. Prefixed ones are made by us; `UserId` and `DeviceId` are given by the app and its clients. */
export type CallId = `call_${string}`;
export type NodeId = `node_${string}`;
export type SessionId = `ses_${string}`;
export type TicketId = `tic_${string}`;
export type WebhookEndpointId = `hook_${string}`;
export type UserId = string;
export type DeviceId = string;
/** Milliseconds since the Unix epoch. */
export type Instant = number;
