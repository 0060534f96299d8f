/** Joins a call as long as that may still succeed. */
import type { Device } from 'mediasoup-client';
import { backoffMs } from '../connection/backoff.ts';
import { wait } from '../../support/wait.ts';
import { VeilcastError, asVeilcastError, isVeilcastError } from '../support/errors.ts';
import { Session } from './session.ts';
import type { Signalling } from '../connection/signalling.ts';

/** The tickets for joining the call. */
export interface Tickets {
  current(): string;
  /** The current ticket was refused. Rejects with the error that ends joining. */
  renew(refusal: VeilcastError): Promise<void>;
}

export interface JoiningOptions {
  readonly tickets: Tickets;
  readonly signalling: Signalling;
  readonly device: Promise<Device>;
  readonly isWanted: () => boolean;
}

/** Attempts with growing pauses, in total longer than the server's grace for a lost device. */
const maxJoins = 8;

/** Undefined if the session is not wanted any more. Rejects with the `VeilcastError` that ended joining. */
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
        // An expired ticket is renewed at once, without back-off.
        if (renewals === 1) continue;
      } else if (!passes(error)) throw refusal;
      await wait(backoffMs(attempt + 1));
    }
  }
  throw refusal;
}

/** Errors that another attempt may fix, or may explain better: a session may end while it is joined. */
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
