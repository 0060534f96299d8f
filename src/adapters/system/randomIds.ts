import { randomBytes } from 'node:crypto';
import type { IdSource } from '../../ports/system/idSource.ts';

/** 128 bits, URL-safe: 22 characters. */
const random = (): string => randomBytes(16).toString('base64url');

export const randomIds: IdSource = {
  callId: () => `call_${random()}`,
  nodeId: () => `node_${random()}`,
  sessionId: () => `ses_${random()}`,
  ticketId: () => `tic_${random()}`,
  webhookEndpointId: () => `hook_${random()}`,
  webhookSecret: () => `whsec_${randomBytes(32).toString('base64')}`,
};
