/** Asks sentinels for the master. */
import * as z from 'zod';
import type { Host } from './redisAddress.ts';
import { parsed } from './values.ts';
import { newest, Witnesses } from './witnesses.ts';
import type { MasterFinder } from './witnesses.ts';

const answer = z.object({
  ip: z.string().min(1),
  port: z.coerce.number().int().positive(),
  'config-epoch': z.coerce.number().int().nonnegative(),
});
/** A map, or its names and values in turn, as the protocol's version has it. */
const map = z.union([z.array(z.string()).transform(pairs), z.looseObject({})]).pipe(answer);

export class SentinelFinder implements MasterFinder {
  readonly #sentinels: Witnesses;
  readonly #master: string;

  constructor({ hosts, master }: { readonly hosts: readonly Host[]; readonly master: string }) {
    this.#sentinels = new Witnesses(hosts);
    this.#master = master;
  }

  async find(): Promise<Host | undefined> {
    const said = await this.#sentinels.ask(async (sentinel) =>
      parsed(map, await sentinel.sendCommand(['SENTINEL', 'MASTER', this.#master])),
    );
    return newest(said.map(({ ip, port, 'config-epoch': epoch }) => ({ master: { host: ip, port }, epoch })));
  }

  close(): void {
    this.#sentinels.close();
  }
}

function pairs(items: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(items.flatMap((name, index) => (index % 2 === 0 ? [[name, items[index + 1] ?? '']] : [])));
}
