/** The address that a request is counted for. Never stored and never passed on. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Which proxies may name their clients: the number of proxies in front, or their addresses and networks. */
export type TrustedProxies = number | readonly string[];

/** A household or a server has a whole /64 of IPv6, so counting single addresses would limit nothing. */
export function networkOf(address: string): string {
  const bare = withoutPort(address);
  if (isIP(bare) !== 6) return bare;
  const [head = '', tail] = bare.replace(/%.*$/, '').toLowerCase().split('::', 2);
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const last = after.at(-1) ?? before.at(-1) ?? '';
  // An IPv4 address on an IPv6 socket.
  if (last.includes('.')) return last;
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** Some proxies add the port. */
function withoutPort(address: string): string {
  return /^\[([^\]]+)\]/.exec(address)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(address)?.[1] ?? address;
}

export interface Clients {
  /** The client of a request: the peer of its connection, or the client that trusted proxies name. */
  addressOf(request: IncomingMessage): string;
  /** Whether this peer is a trusted proxy, whose connections carry requests of many clients. */
  isProxy(peerAddress: string): boolean;
}

export interface ClientsOptions {
  readonly trustedProxies?: TrustedProxies | undefined;
  /** The header in which the proxies name their clients. */
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
      // Each proxy appends the address of its own peer. Whatever stands before an address that is not trusted was
      // written by a client.
      const chain = [peer, ...named.map((address) => withoutPort(address.trim())).reverse()];
      return chain.find((address, hop) => !isTrusted(address, hop)) ?? chain.at(-1) ?? peer;
    },
  };
}

/** The addresses in a `Forwarded` header (RFC 7239). */
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
