/** Where a request comes from, as far as it is counted: never written down, never told. */
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';

/** Whom we believe what they say of their clients: how many proxies stand in front, or their addresses and networks. */
export type TrustedProxies = number | readonly string[];

/** A household or a server has a whole /64 of IPv6: to count single addresses of it would be to count nothing. */
export function networkOf(address: string): string {
  const bare = withoutPort(address);
  if (isIP(bare) !== 6) return bare;
  const [head = '', tail] = bare.replace(/%.*$/, '').toLowerCase().split('::', 2);
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const last = after.at(-1) ?? before.at(-1) ?? '';
  // As IPv4 comes in on a socket of IPv6.
  if (last.includes('.')) return last;
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** Some proxies name the port as well. */
function withoutPort(address: string): string {
  return /^\[([^\]]+)\]/.exec(address)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(address)?.[1] ?? address;
}

/** Express reads `X-Forwarded-For`: says there what proxies that write RFC 7239 say in `Forwarded`. */
export const readForwarded: RequestHandler = ({ headers }, _response, next) => {
  const chain = [...(headers.forwarded ?? '').matchAll(/(?:^|[;,\s])for="?(\[[^\]]+\]|[^;,"\s]+)/gi)];
  // What a client says in the other header came through unread.
  headers['x-forwarded-for'] = chain.map(([, address = '']) => withoutPort(address)).join(', ');
  next();
};
