/**
 * The host names that this server accepts in development. A foreign page can point its own name at this server's
 * address (DNS rebinding), and then has the same origin for the browser. That cannot be done with an address, so all
 * addresses are allowed.
 */
import { isIP } from 'node:net';

export type AllowsHost = (host: string | undefined) => boolean;

/** Allows `localhost`, addresses, and the hosts of these origins. */
export function allowsHostsOf(origins: readonly string[]): AllowsHost {
  const names = new Set(origins.map((origin) => new URL(origin).hostname));
  return (host) => {
    const name = nameIn(host);
    if (name === undefined) return false;
    return isAddress(name) || name === 'localhost' || name.endsWith('.localhost') || names.has(name);
  };
}

/** The host name without its port. Undefined if it is not a valid host. */
function nameIn(host: string | undefined): string | undefined {
  if (host === undefined || /[/?#@\\\s]/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** A host that may be put into a response header: a host and its port, and nothing else. */
export function hostAsSource(host: string | undefined): string | undefined {
  return nameIn(host) !== undefined && /^[\w.:[\]-]+$/.test(host ?? '') ? host : undefined;
}
