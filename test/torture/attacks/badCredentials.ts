/** Many who guess from one address, and an honest client behind it whose token has expired: it must hear just that. */
import * as z from 'zod';
import { JoseTokens } from '../../../src/adapters/tokens/joseTokens.ts';
import { userId } from '../../../src/protocol/shared/ids.ts';
import { request } from '../../support/participant/person.ts';
import { tokenSecret } from '../../support/processes/serverProcess.ts';
import type { Torment } from '../torment.ts';

const guesses = 700;
const together = 50;
const dayMs = 86_400_000;
/** As every problem of the API (RFC 9457). */
const refusal = z.object({ code: z.string() });

export async function guess(torment: Torment): Promise<void> {
  const { stage, dice, tried, found } = torment;
  const { url } = dice.oneOf([...stage.nodes.values()]);
  const ask = (credential: string) => request(`${url}/v1/me/settings`, { credential });
  for (let at = 0; at < guesses; at += together) {
    await Promise.all(Array.from({ length: together }, (_, index) => ask(`guess-${at + index}`)));
    tried.badCredentials += together;
  }
  const { status, body } = await ask(await expiredToken());
  const { code } = refusal.parse(body);
  if (status === 401 && code === 'token_expired') return;
  found.push({
    rule: 'wrong answer',
    what: `an expired token was answered ${status} ${code} after ${guesses} guesses`,
  });
}

/** As a node would have issued it days ago. */
async function expiredToken(): Promise<string> {
  const clock = { now: () => Date.now() - 3 * dayMs };
  const ttl = { userTokenTtlMs: 1_000, ticketTtlMs: 1_000, clockSkewMs: 0 };
  const tokens = new JoseTokens({ secret: tokenSecret, clock, ...ttl });
  const { token } = await tokens.issueUserToken({ userId: userId.parse('p00000'), generation: 'any' });
  return token;
}
