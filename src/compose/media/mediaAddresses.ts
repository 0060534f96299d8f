/** Addresses for media, and those that clients get. */
import type { NetworkInterfaceInfo } from 'node:os';
import { loopback } from '../../../config/schema.ts';
import type { Config } from '../../../config/schema.ts';

export interface MediaAddresses {
  readonly listen: readonly string[];
  /** Undefined if clients get the same. */
  readonly announced: readonly string[] | undefined;
  /** The network interface chosen in development. */
  readonly chosen: string | undefined;
}

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * The configured addresses. If there are none, production stays on loopback. Development adds an address of this
 * machine: Firefox sends no media to loopback, and the page is opened in browsers of this machine.
 */
export function mediaAddresses(config: Config, interfaces: Interfaces): MediaAddresses {
  const { mode, mediaListenAddresses: listen, mediaAnnouncedAddresses: announced } = config;
  if (listen !== undefined || announced !== undefined || mode !== 'development') {
    return { listen: listen ?? [loopback], announced, chosen: undefined };
  }
  const own = addressOf(interfaces);
  return own === undefined
    ? { listen: [loopback], announced, chosen: undefined }
    : { listen: [own.address, loopback], announced, chosen: own.name };
}

/** IPv4 first, since all browsers can use it; no IPv6 address that needs the name of an interface. */
function addressOf(interfaces: Interfaces): { readonly name: string; readonly address: string } | undefined {
  const all = Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses.filter(({ internal }) => !internal).map(({ family, address }) => ({ name, family, address })),
  );
  const usable = all.filter(({ address }) => !/^fe[89ab]|^169\.254\./i.test(address));
  return usable.find(({ family }) => family === 'IPv4') ?? usable[0];
}

/** Text for the person who started a development server. */
export function mediaWords({ listen, announced, chosen }: MediaAddresses): string {
  const shown = announced ?? listen;
  const where = `Media uses ${shown.join(' and ')}${chosen === undefined ? '' : ` (of ${chosen}, and loopback)`}.`;
  return shown.every((address) => /^127\.|^::1$/.test(address))
    ? `${where} Firefox sends no media to loopback: calls work only in browsers such as Chromium.`
    : where;
}
