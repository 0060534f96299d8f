/** Whose socket it is, and whether they may still act. */
import type { Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { TokenHolder } from '../../ports/people/tokens.ts';
import type { Connection } from './connection.ts';

/** What of a connection says who is on it. */
export type Greeted = Pick<Connection, 'identity' | 'tokenIsOver'>;

interface Holders {
  /** Throws `unauthenticated` when the user was erased since. */
  readonly mustStillBe: (holder: TokenHolder) => Promise<void>;
}

export function identityOf({ identity }: Greeted): NonNullable<Connection['identity']> {
  if (identity === undefined) throw new CallError('unauthenticated');
  return identity;
}

export function known(connection: Greeted): Device {
  const { userId, deviceId } = identityOf(connection);
  return { userId, deviceId };
}

/** What ended between the reading of the token and now was not listened for. */
export async function stillThere(connection: Connection, { mustStillBe }: Holders): Promise<void> {
  try {
    await mustStillBe(identityOf(connection));
  } catch (error) {
    if (error instanceof CallError && error.code === 'unauthenticated') connection.close('signed_out');
    throw error;
  }
}

/** A socket may outlive its user. What concerns media alone is not asked this: it goes on when the store is away. */
export function presence({ mustStillBe }: Holders): (connection: Greeted) => Promise<Device> {
  const parting = partingPresence({ mustStillBe });
  return async (connection) => {
    if (connection.tokenIsOver) throw new CallError('token_expired');
    return parting(connection);
  };
}

/** For what ends something: that may be done with a token that is over. */
export function partingPresence({ mustStillBe }: Holders) {
  return async (connection: Greeted): Promise<Device> => {
    const device = known(connection);
    if (connection.identity !== undefined) await mustStillBe(connection.identity);
    return device;
  };
}
