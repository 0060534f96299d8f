/** Identifiers. We make those with a prefix; `UserId` and `DeviceId` come from the app and its clients. */
export type CallId = `call_${string}`;
export type NodeId = `node_${string}`;
export type SessionId = `ses_${string}`;
export type TicketId = `tic_${string}`;
export type KeyedRequestId = `req_${string}`;
export type WebhookEndpointId = `hook_${string}`;
export type UserId = string;
export type DeviceId = string;
/** Milliseconds since the Unix epoch. */
export type Instant = number;
