/** A change of the token secret while the process runs. */
import type { Config } from '../../../config/schema.ts';

export type TokenSecrets = Pick<Config, 'tokenSecret' | 'acceptedTokenSecret'>;
type Claim = (secrets: TokenSecrets) => Promise<void>;

/** Claims the store for secrets that differ from those before. All else can be reloaded while the store is away. */
export function onlyIfChanged(running: TokenSecrets, claim: Claim): Claim {
  let claimed = running;
  return async ({ tokenSecret, acceptedTokenSecret }) => {
    if (tokenSecret === claimed.tokenSecret && acceptedTokenSecret === claimed.acceptedTokenSecret) return;
    await claim({ tokenSecret, acceptedTokenSecret });
    claimed = { tokenSecret, acceptedTokenSecret };
  };
}
