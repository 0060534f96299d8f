/** Joins a call as long as that may still succeed. */
import type { Device } from 'mediasoup-client';
import { backoffMs, wait } from './backoff.ts';
import { VeilcastError, asVeilcastError, isVeilcastError } from './errors.ts';
import { Session } from './session.ts';
import type { Signalling } from './signalling.ts';
import type { WildcardFrame } from './wildcardFrame.ts';

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
  readonly frame: WildcardFrame;
  readonly isWanted: () => boolean;
}

/** Attempts, with growing pauses: together longer than the server's grace for the lost. */
const mostJoins = 8;

/** Undefined when it is not wanted any more. Rejects with `VeilcastError`. */
export async function joinPatiently({
  tickets,
  device,
  isWanted,
  ...options
}: JoiningOptions): Promise<Session | undefined> {
  for (let attempt = 0; attempt < mostJoins; attempt += 1) {
    if (!isWanted()) return undefined;
    try {
      return await Session.join({ ticket: tickets.current(), device: await device, ...options });
    } catch (error) {
      if (!isWanted()) return undefined;
      if (isVeilcastError(error, 'ticket_expired', 'ticket_invalid')) await tickets.renew(error);
      else if (!passes(error)) throw asVeilcastError(error, 'internal');
      await wait(backoffMs(attempt + 1));
    }
  }
  throw new VeilcastError('disconnected');
}

/** What another attempt may mend. */
function passes(error: unknown): error is VeilcastError {
  return isVeilcastError(error, 'disconnected', 'timed_out', 'unavailable', 'overloaded', 'busy');
}
