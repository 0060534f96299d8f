/** Which endpoint's messages go next, so that a slow one uses up its own share only, and calls that ring go first. */
import type { WebhookEndpointId } from '../kernel/ids.ts';
import type { WebhookMessage } from './webhook.ts';

/** What one process has to do for an endpoint. */
export interface EndpointLoad {
  readonly id: WebhookEndpointId;
  /** Calls whose devices are to be rung by what waits; and all others. */
  readonly urgent: number;
  readonly waiting: number;
  /** Attempts under way, and how many of them are for calls that do not ring. */
  readonly atWork: number;
  readonly notUrgentAtWork: number;
  /** How many attempts the breaker lets through. */
  readonly allowed: 'all' | 'one' | 'none';
}

export interface SendLimits {
  /** Attempts under way at a time, of all endpoints. */
  readonly inAll: number;
  readonly perEndpoint: number;
}

/** Every endpoint has this many for itself: together they never need more than there are. */
export function shareOf(endpoints: number, { inAll, perEndpoint }: SendLimits): number {
  return Math.max(1, Math.min(perEndpoint, Math.floor(inAll / Math.max(1, endpoints))));
}

/** So much of a share is kept free for calls that ring. */
const urgentPart = 4;

export type Next = { readonly id: WebhookEndpointId; readonly urgent: boolean };

/** One endpoint after the other, from the one behind `last` on. Undefined when nothing may begin now. */
export function nextToSend(
  loads: readonly EndpointLoad[],
  last: WebhookEndpointId | undefined,
  limits: SendLimits,
): Next | undefined {
  const share = shareOf(loads.length, limits);
  const from = loads.findIndex(({ id }) => id === last) + 1;
  for (const load of [...loads.slice(from), ...loads.slice(0, from)]) {
    const urgent = kindOf(load, share);
    if (urgent !== undefined) return { id: load.id, urgent };
  }
  return undefined;
}

/** Whether a call that rings goes next, or another; undefined when the endpoint has to wait. */
function kindOf(load: EndpointLoad, share: number): boolean | undefined {
  const most = load.allowed === 'all' ? share : load.allowed === 'one' ? 1 : 0;
  if (load.atWork >= most) return undefined;
  if (load.urgent > 0) return true;
  const maxOthers = most === 1 ? 1 : most - Math.max(1, Math.floor(most / urgentPart));
  return load.waiting > 0 && load.notUrgentAtWork < maxOthers ? false : undefined;
}

const ringing: ReadonlySet<WebhookMessage['type']> = new Set(['call.ringing', 'call.invited']);

/** Phones ring by these: late they are worth nothing. */
export function isUrgent({ type }: Pick<WebhookMessage, 'type'>): boolean {
  return ringing.has(type);
}
