/** Whose socket it is, and whether they may still act. */
import type { Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { TokenHolder } from '../../ports/people/tokens.ts';
import type { Connection } from './connection.ts';

/** What of a connection says who is on it. */
export type IdentifiedSocket = Pick<Connection, 'identity' | 'tokenIsOver'>;

interface Holders {
  /** Throws `unauthenticated` if the user was erased since. */
  readonly mustStillBe: (holder: TokenHolder) => Promise<void>;
}

export function identityOf({ identity }: IdentifiedSocket): NonNullable<Connection['identity']> {
  if (identity === undefined) throw new CallError('unauthenticated');
  return identity;
}

export function known(connection: IdentifiedSocket): Device {
  const { userId, deviceId } = identityOf(connection);
  return { userId, deviceId };
}

/** Rights may have ended after the token was read, before this connection was subscribed. */
export async function stillThere(connection: Connection, { mustStillBe }: Holders): Promise<void> {
  try {
    await mustStillBe(identityOf(connection));
  } catch (error) {
    if (error instanceof CallError && error.code === 'unauthenticated') connection.close('signed_out');
    throw error;
  }
}

/**
 * A socket may outlive its user, so ask whether the user still exists. Requests about media alone skip this: media goes
 * on while the store is unavailable.
 */
export function presence({ mustStillBe }: Holders): (connection: IdentifiedSocket) => Promise<Device> {
  const parting = partingPresence({ mustStillBe });
  return async (connection) => {
    if (connection.tokenIsOver) throw new CallError('token_expired');
    return parting(connection);
  };
}

/** For requests that end something, which an expired token still allows. */
export function partingPresence({ mustStillBe }: Holders) {
  return async (connection: IdentifiedSocket): Promise<Device> => {
    const device = known(connection);
    if (connection.identity !== undefined) await mustStillBe(connection.identity);
    return device;
  };
}
