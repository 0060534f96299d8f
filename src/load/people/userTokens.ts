/** A user's token for all requests of their devices, until it is refused or expires soon. */
import type { TokenSource } from '../../client/connection/credential.ts';

export function userTokens(ask: () => Promise<string>): TokenSource {
  let token: string | undefined;
  return async ({ refused }) => {
    if (refused) token = undefined;
    return (token ??= await ask());
  };
}
