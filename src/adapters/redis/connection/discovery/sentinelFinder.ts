/** Asks sentinels for the master. */
import * as z from 'zod';
import { ErrorReply } from 'redis';
import { SentinelRefusal, faultOf } from '../operatorMessages.ts';
import type { Access, Host } from '../redisAddress.ts';
import { parsed } from '../../schema/values.ts';
import { newest, DiscoveryPeers } from './discoveryPeers.ts';
import type { MasterFinder } from './discoveryPeers.ts';

const answer = z.object({
  ip: z.string().min(1),
  port: z.coerce.number().int().positive(),
  'config-epoch': z.coerce.number().int().nonnegative(),
});
/** A map, or names and values in turn, depending on the version of the protocol. */
const map = z.union([z.array(z.string()).transform(pairs), z.looseObject({})]).pipe(answer);

export interface SentinelFinderOptions extends Access {
  readonly hosts: readonly Host[];
  readonly master: string;
}

export class SentinelFinder implements MasterFinder {
  readonly #sentinels: DiscoveryPeers;
  readonly #master: string;

  constructor({ hosts, master, ...access }: SentinelFinderOptions) {
    this.#sentinels = new DiscoveryPeers(hosts, access);
    this.#master = master;
  }

  async find(): Promise<Host | undefined> {
    const said = await this.#sentinels.ask(async (sentinel) =>
      parsed(map, await sentinel.sendCommand(['SENTINEL', 'MASTER', this.#master])),
    );
    return newest(said.map(({ ip, port, 'config-epoch': epoch }) => ({ master: { host: ip, port }, epoch })));
  }

  get fault(): unknown {
    const { fault } = this.#sentinels;
    if (!(fault instanceof ErrorReply)) return fault;
    const isUnknown = /No such master/i.test(fault.message);
    return new SentinelRefusal(isUnknown ? 'ERR' : (faultOf(fault)?.code ?? ''), { cause: fault });
  }

  close(): void {
    this.#sentinels.close();
  }
}

function pairs(items: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(items.flatMap((name, index) => (index % 2 === 0 ? [[name, items[index + 1] ?? '']] : [])));
}
