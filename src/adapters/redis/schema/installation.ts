/**
 * Identifies the installation that owns a store, by a keyed hash of its token secret. If two installations shared a
 * prefix by mistake, they would ring each other's people. The hash does not reveal the secret.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../../../ports/system/clock.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from './keys.ts';
import { parsed, parsedJson } from './values.ts';
import claimInstallation from './versions/claimInstallation.lua';
import { StoreRefusal } from './versions/storeRefusal.ts';

export interface InstallationOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly redisPrefix: string;
  readonly tokenSecret: string;
  /** During a rotation: a store that has the hash of this secret belongs to this installation, too. */
  readonly acceptedTokenSecret?: string | undefined;
  /**
   * Development makes a new secret at each start: it replaces the last installation once none of its processes is
   * alive.
   */
  readonly mayReplace: boolean;
}

export const storedInstallation = z.object({ fingerprint: z.string(), since: z.int().nonnegative() });
const claimAnswer = z.enum(['claimed', 'changed', 'alive']);

export function fingerprintOf(tokenSecret: string): string {
  return createHmac('sha256', tokenSecret).update('veilcast: the installation of a store').digest('base64url');
}

/** Returns what is stored now. Throws `StoreRefusal` if the store is another installation's. */
export async function claimedInstallation(options: InstallationOptions): Promise<string> {
  const { connection, keys, clock, tokenSecret, acceptedTokenSecret, mayReplace, redisPrefix } = options;
  const fingerprint = fingerprintOf(tokenSecret);
  const other = acceptedTokenSecret === undefined ? undefined : fingerprintOf(acceptedTokenSecret);
  const own = JSON.stringify({ fingerprint, since: clock.now() });
  for (;;) {
    const text = (await connection.run((client) => client.get(keys.installation))) ?? '';
    const stored = text === '' ? undefined : fingerprintIn(text);
    if (stored === fingerprint) return text;
    const isSame = stored !== undefined && stored === other;
    if (text !== '' && !isSame && !mayReplace) throw taken(redisPrefix);
    const answer = await connection.script(
      claimInstallation,
      [keys.installation, keys.processes, keys.process('')],
      [text, own, isSame ? 'same' : 'other'],
    );
    switch (parsed(claimAnswer, answer)) {
      case 'claimed':
        return own;
      case 'alive':
        throw taken(redisPrefix);
      case 'changed':
        continue;
    }
  }
}

/** An unreadable one counts as another. */
function fingerprintIn(text: string): string | undefined {
  try {
    return parsedJson(storedInstallation, text).fingerprint;
  } catch {
    return undefined;
  }
}

function taken(redisPrefix: string): StoreRefusal {
  return new StoreRefusal(
    `Another installation, with another token secret, uses this Redis under the prefix "${redisPrefix}": give this one a ` +
      `prefix or a Redis of its own; to change the secret of the same installation, give the former one as the accepted ` +
      `token secret, or stop all its processes and delete the key {${redisPrefix}}:installation.`,
  );
}
