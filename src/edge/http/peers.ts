/** Where a request comes from, as far as it is counted: never written down, never told. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

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

export interface Clients {
  /** Of whom a request is: the peer of its connection, or the client that trusted proxies name. */
  addressOf(request: IncomingMessage): string;
  /** Whether this peer is such a proxy: its connections carry the requests of many. */
  isProxy(peerAddress: string): boolean;
}

export interface ClientsOptions {
  readonly trustedProxies?: TrustedProxies | undefined;
  /** In which the proxies name their clients. */
  readonly trustedProxyHeader?: 'x-forwarded-for' | 'forwarded' | undefined;
}

export function clientsBehind({ trustedProxies = 0, trustedProxyHeader = 'x-forwarded-for' }: ClientsOptions): Clients {
  const isTrusted = trustIn(trustedProxies);
  return {
    isProxy: (peerAddress) => isTrusted(peerAddress, 0),
    addressOf: ({ socket, headers }) => {
      const peer = socket.remoteAddress ?? '';
      if (!isTrusted(peer, 0)) return peer;
      const named =
        trustedProxyHeader === 'forwarded'
          ? namedInForwarded(headers.forwarded)
          : [headers['x-forwarded-for'] ?? []].flat().flatMap((list) => list.split(','));
      // Each proxy adds the one it was asked by at the end. What comes before an address that we do not trust, a client wrote.
      const chain = [peer, ...named.map((address) => withoutPort(address.trim())).reverse()];
      return chain.find((address, hop) => !isTrusted(address, hop)) ?? chain.at(-1) ?? peer;
    },
  };
}

/** As proxies that write RFC 7239 say it. */
function namedInForwarded(header: string | undefined): readonly string[] {
  const chain = (header ?? '').matchAll(/(?:^|[;,\s])for="?(\[[^\]]+\]|[^;,"\s]+)/gi);
  return [...chain].map(([, address = '']) => address);
}

function trustIn(trusted: TrustedProxies): (address: string, hop: number) => boolean {
  if (typeof trusted === 'number') return (_address, hop) => hop < trusted;
  const proxies = new BlockList();
  for (const network of trusted) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    proxies.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return (address) => isIP(address) !== 0 && proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
