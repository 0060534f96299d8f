/** Joins a call as long as that may still succeed. */
import type { Device } from 'mediasoup-client';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import { VeilcastError, asVeilcastError, isVeilcastError } from '../support/errors.ts';
import { Session } from './session.ts';
import type { Signalling } from '../connection/signalling.ts';

/** What admits to the call. */
export interface Tickets {
  current(): string;
  /** The one in hand was refused. Rejects with what gives joining up. */
  renew(refusal: VeilcastError): Promise<void>;
}

export interface JoiningOptions {
  readonly tickets: Tickets;
  readonly signalling: Signalling;
  readonly device: Promise<Device>;
  readonly isWanted: () => boolean;
}

/** Attempts, with growing pauses: together longer than the server's grace for the lost. */
const maxJoins = 8;

/** Undefined when it is not wanted any more. Rejects with the `VeilcastError` that joining was given up for. */
export async function joinPatiently({
  tickets,
  device,
  isWanted,
  ...options
}: JoiningOptions): Promise<Session | undefined> {
  let renewals = 0;
  let refusal = new VeilcastError('disconnected');
  for (let attempt = 0; attempt < maxJoins; attempt += 1) {
    if (!isWanted()) return undefined;
    try {
      return await Session.join({ ticket: tickets.current(), device: await device, ...options });
    } catch (error) {
      if (!isWanted()) return undefined;
      refusal = asVeilcastError(error, 'internal');
      if (isVeilcastError(error, 'ticket_expired', 'ticket_invalid')) {
        await tickets.renew(error);
        renewals += 1;
        // That one in hand has grown old is no fault that time would mend.
        if (renewals === 1) continue;
      } else if (!passes(error)) throw refusal;
      await wait(backoffMs(attempt + 1));
    }
  }
  throw refusal;
}

/** What another attempt may mend, or find a better word for: a session may go while it is joined. */
function passes(error: unknown): error is VeilcastError {
  return isVeilcastError(
    error,
    'disconnected',
    'timed_out',
    'unavailable',
    'overloaded',
    'busy',
    'session_not_found',
    'too_many_requests',
  );
}
