import { CallError } from '../../domain/kernel/errors.ts';
import type { WebhookEndpointId } from '../../domain/kernel/ids.ts';
import { disabled, enabled } from '../../domain/webhooks/webhook.ts';
import type { DisableReason, WebhookEndpoint } from '../../domain/webhooks/webhook.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { Log } from '../../ports/system/log.ts';
import type { EndpointLanes, LetterEnd, WebhookEndpoints } from '../../ports/webhooks/webhooks.ts';

export interface DisableContext {
  readonly endpoints: Pick<WebhookEndpoints, 'get' | 'replace'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Other processes may change the endpoint at the same time; they are few. */
const attempts = 5;

/** Nothing more is sent to it. Safe to repeat, and for several processes at once. */
export async function disableEndpoint(
  { endpoints, clock, log }: DisableContext,
  { id, url }: WebhookEndpoint,
  reason: DisableReason,
): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await endpoints.get(id);
    // The answer came from the old URL: an endpoint that was changed meanwhile is not disabled.
    if (before === undefined || before.disabled !== undefined || before.url !== url) return;
    if ((await endpoints.replace(before, disabled(before, reason, clock.now()))) === 'saved') {
      log.warn('a webhook endpoint was disabled', { endpointId: id, reason });
      return;
    }
  }
  throw new CallError('unavailable');
}

/** How waiting messages of a disabled endpoint end. */
export function endOfDisabled({ disabled: why }: WebhookEndpoint, now: number): LetterEnd | undefined {
  return why === undefined ? undefined : { failure: 'status', status: 410, diedAt: now };
}

export interface EnableContext extends Pick<DisableContext, 'endpoints' | 'clock'> {
  readonly lanes: Pick<EndpointLanes, 'clear'>;
}

/** It gets events from now on; those that it missed are dead letters. Safe to repeat. */
export async function enableEndpoint(context: EnableContext, id: WebhookEndpointId): Promise<WebhookEndpoint> {
  const { endpoints, lanes, clock } = context;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await endpoints.get(id);
    if (before === undefined) throw new CallError('webhook_not_found');
    const end = endOfDisabled(before, clock.now());
    if (end === undefined) return before;
    while ((await lanes.clear(id, { end })) > 0);
    const after = enabled(before, clock.now());
    if ((await endpoints.replace(before, after)) === 'saved') return after;
  }
  throw new CallError('unavailable');
}
