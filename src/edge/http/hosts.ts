/**
 * By which names this server may be called in development. A page of a stranger can give its own name our address (DNS
 * rebinding), and is then of our origin to the browser. An address cannot be taken over like this, so all are allowed.
 */
import { isIP } from 'node:net';

export type AllowsHost = (host: string | undefined) => boolean;

/** `localhost`, addresses, and the hosts of these origins. */
export function allowsHostsOf(origins: readonly string[]): AllowsHost {
  const names = new Set(origins.map((origin) => new URL(origin).hostname));
  return (host) => {
    const name = nameIn(host);
    if (name === undefined) return false;
    return isAddress(name) || name === 'localhost' || name.endsWith('.localhost') || names.has(name);
  };
}

/** Without the port; undefined where it is no host at all. */
function nameIn(host: string | undefined): string | undefined {
  if (host === undefined || /[/?#@\\\s]/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** As it may stand in a header of ours: a host and its port, and nothing that could be more. */
export function hostAsSource(host: string | undefined): string | undefined {
  return nameIn(host) !== undefined && /^[\w.:[\]-]+$/.test(host ?? '') ? host : undefined;
}
