/**
 * Removes network addresses and this process's secrets from text. Rather too much than too little: a log line must
 * never reveal a person's location, nor how to act as the app.
 */

export const scrubbedAddress = '[address]';
export const scrubbedSecret = '[secret]';

/** Shorter secrets, which only development accepts, would match ordinary words in messages. */
const shortestHidden = 8;
const secrets = new Set<string>();

/** From now on, scrubbed texts hold none of these, neither as they are nor URL-encoded. */
export function keepSecret(values: readonly string[]): void {
  for (const value of values) {
    if (value.length >= shortestHidden) secrets.add(value).add(encodeURIComponent(value)).add(encodeURI(value));
  }
}

export function hideSecrets(text: string): string {
  let hidden = text;
  for (const secret of secrets) hidden = hidden.replaceAll(secret, scrubbedSecret);
  return hidden;
}

/** All characters of an IPv6 literal, with brackets, zone and port. */
const ipv6Candidates = /\[?[0-9A-Fa-f:.]+(?:%[\w.~-]+)?(?:\](?::\d{1,5})?)?/g;
/** IPv4 addresses with their port, also zero-padded, also inside names such as `4.3.2.1.in-addr.arpa`. */
const ipv4 = /\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}(?!\d))?/g;

/** Runs in linear time for any text. */
export function scrub(text: string): string {
  return hideSecrets(text)
    .replace(ipv6Candidates, (found, offset: number, whole: string) => {
      const end = offset + found.length;
      const isReverseName = whole.slice(end, end + 3).toLowerCase() === 'ip6';
      return isReverseName || looksLikeIpv6(found, whole[offset - 1], whole[end]) ? scrubbedAddress : found;
    })
    .replace(ipv4, scrubbedAddress);
}

/** `::`, or at least the six colons of a full form. Times (12:34:56) and positions in files (a.ts:1:2) have neither. */
function looksLikeIpv6(found: string, before: string | undefined, after: string | undefined): boolean {
  const colons = found.split(':').length - 1;
  if (!found.includes('::') && colons < 6) return false;
  // Names of C++ (`RTC::Transport`): only letters, joined to a word.
  return /\d/.test(found) || colons > 2 || !(isOfName(before) || isOfName(after));
}

/** Digits and hexadecimal letters would be part of the match. */
function isOfName(character: string | undefined): boolean {
  return character !== undefined && /[g-z_]/i.test(character);
}
