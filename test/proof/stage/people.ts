/** Who takes part in the proof, and where in the networks they are. */
import { namespaceOf as namespaceNamed, routerName } from '../../support/networks/networks.ts';
import type { Addresses } from '../../support/networks/networks.ts';

export const clients = ['alice', 'bob', 'carol'] as const;
export type Client = (typeof clients)[number];
/** As people are called in a report. */
export const nameOf = (who: Client | 'operator'): string =>
  who === 'operator' ? 'the operator' : who.charAt(0).toUpperCase() + who.slice(1);
export const hosts = ['server', ...clients] as const;
export type Host = (typeof hosts)[number];
/** Where packets are captured. */
export const places = [routerName, ...hosts] as const;
export type Place = (typeof places)[number];

export type { Addresses };

export const familiesOf = ({ v4, v6 }: Addresses): readonly string[] => [v4, v6];

/** Each host has a link of its own to the router: nothing but the router could bring a packet from one to another. */
const links: Readonly<Record<Host, number>> = { alice: 1, bob: 2, carol: 3, server: 4 };

const on = (host: Host, number: number): Addresses => ({
  v4: `10.77.${links[host]}.${number}`,
  v6: `fd77:${links[host]}::${number}`,
});

export const routerOn = (host: Host): Addresses => on(host, 1);
export const homeOf = (host: Host): Addresses => on(host, 2);
/** Where a client is after a change of network, and where a hostile one comes from a second time. */
export const secondHomeOf = (client: Client): Addresses => on(client, 3);

/** Where the relay is: an address of the server's for it alone. */
export const relayHome = on('server', 3);

/** Every address that is ever a client's. */
export function addressesOf(client: Client): readonly string[] {
  return [homeOf(client), secondHomeOf(client)].flatMap(familiesOf);
}

export const namespaceOf = (run: number, place: Place): string => namespaceNamed(run, place);
