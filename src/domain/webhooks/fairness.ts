/**
 * Decides whose message goes next: a slow endpoint uses up its own share only, and messages of ringing calls go first.
 */
import type { WebhookEndpointId } from '../kernel/ids.ts';
import type { WebhookMessage } from './webhook.ts';

/** The work that one process has for an endpoint. */
export interface EndpointLoad {
  readonly id: WebhookEndpointId;
  /** Calls that wait with an urgent message, and all others. */
  readonly urgent: number;
  readonly waiting: number;
  /** Running attempts, and how many of them are for calls that do not ring. */
  readonly atWork: number;
  readonly notUrgentAtWork: number;
  /** How many attempts the breaker allows. */
  readonly allowed: 'all' | 'one' | 'none';
}

export interface SendLimits {
  /** The maximum of running attempts, all endpoints together. */
  readonly inAll: number;
  readonly perEndpoint: number;
}

/** The attempts that every endpoint may run at a time. Together they never exceed the maximum. */
export function shareOf(endpoints: number, { inAll, perEndpoint }: SendLimits): number {
  return Math.max(1, Math.min(perEndpoint, Math.floor(inAll / Math.max(1, endpoints))));
}

/** This fraction of a share is kept free for ringing calls. */
const urgentPart = 4;

export type Next = { readonly id: WebhookEndpointId; readonly urgent: boolean };

/** Takes the endpoints in turn, starting behind `last`. Undefined when nothing may start now. */
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

/** Whether an urgent message goes next, or another. Undefined when the endpoint has to wait. */
function kindOf(load: EndpointLoad, share: number): boolean | undefined {
  const most = load.allowed === 'all' ? share : load.allowed === 'one' ? 1 : 0;
  if (load.atWork >= most) return undefined;
  if (load.urgent > 0) return true;
  const maxOthers = most === 1 ? 1 : most - Math.max(1, Math.floor(most / urgentPart));
  return load.waiting > 0 && load.notUrgentAtWork < maxOthers ? false : undefined;
}

const ringing: ReadonlySet<WebhookMessage['type']> = new Set(['call.ringing', 'call.invited']);

/** Phones ring by these messages: late ones are useless. */
export function isUrgent({ type }: Pick<WebhookMessage, 'type'>): boolean {
  return ringing.has(type);
}
