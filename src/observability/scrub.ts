/**
 * Takes network addresses and this process's secrets out of text. Rather too much than too little: a log line must never
 * tell where somebody is, nor how to become the app.
 */

export const scrubbedAddress = '[address]';
export const scrubbedSecret = '[secret]';

/** Shorter ones, which only development takes, would take words out of messages. */
const shortestHidden = 8;
const secrets = new Set<string>();

/** From now on no text that is scrubbed holds any of these, neither as they are nor as a part of a URL. */
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

/** Everything that an IPv6 literal can be made of, with its brackets, zone and port. */
const ipv6Candidates = /\[?[0-9A-Fa-f:.]+(?:%[\w.~-]+)?(?:\](?::\d{1,5})?)?/g;
/** Dotted quads with their port, also zero-padded, also inside names such as `4.3.2.1.in-addr.arpa`. */
const ipv4 = /\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}(?!\d))?/g;

/** Takes time in proportion to the text, whatever is in it. */
export function scrub(text: string): string {
  return hideSecrets(text)
    .replace(ipv6Candidates, (found, offset: number, whole: string) => {
      const end = offset + found.length;
      const isReverseName = whole.slice(end, end + 3).toLowerCase() === 'ip6';
      return isReverseName || looksLikeIpv6(found, whole[offset - 1], whole[end]) ? scrubbedAddress : found;
    })
    .replace(ipv4, scrubbedAddress);
}

/** `::`, or the six colons and more of a full form. Times (12:34:56) and places in files (a.ts:1:2) have neither. */
function looksLikeIpv6(found: string, before: string | undefined, after: string | undefined): boolean {
  const colons = found.split(':').length - 1;
  if (!found.includes('::') && colons < 6) return false;
  // Names of C++ (`RTC::Transport`): letters alone, glued to a word.
  return /\d/.test(found) || colons > 2 || !(isOfName(before) || isOfName(after));
}

/** Digits and the letters of hexadecimals would be part of what was found. */
function isOfName(character: string | undefined): boolean {
  return character !== undefined && /[g-z_]/i.test(character);
}
