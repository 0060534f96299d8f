/** Asks the nodes of a cluster for the master of the slot that holds all our keys. */
import * as z from 'zod';
import type { Access, Host } from '../redisAddress.ts';
import { parsed } from '../../schema/values.ts';
import { newest, DiscoveryPeers } from './discoveryPeers.ts';
import type { MasterFinder } from './discoveryPeers.ts';

export interface ClusterFinderOptions extends Access {
  readonly hosts: readonly Host[];
  /** Any key of ours. */
  readonly key: string;
}

interface ClusterNode {
  readonly at: Host;
  readonly epoch: number;
  /** Whether it is the slot's master and the others consider it alive. */
  readonly serves: (slot: number) => boolean;
}

const slotAnswer = z.coerce.number().int().nonnegative();

export class ClusterFinder implements MasterFinder {
  readonly #nodes: DiscoveryPeers;
  readonly #key: string;

  constructor({ hosts, key, ...access }: ClusterFinderOptions) {
    this.#nodes = new DiscoveryPeers(hosts, access);
    this.#key = key;
  }

  async find(): Promise<Host | undefined> {
    const said = await this.#nodes.ask(async (node) => {
      const [slot, table] = await Promise.all([
        node.sendCommand(['CLUSTER', 'KEYSLOT', this.#key]),
        node.sendCommand(['CLUSTER', 'NODES']),
      ]);
      return { slot: parsed(slotAnswer, slot), nodes: nodesIn(parsed(z.string(), table)) };
    });
    // Learn all nodes: the configured ones may all be gone one day.
    this.#nodes.know(said.flatMap(({ nodes }) => nodes.map(({ at }) => at)));
    const masters = said.flatMap(({ slot, nodes }) => nodes.filter(({ serves }) => serves(slot)));
    return newest(masters.map(({ at, epoch }) => ({ master: at, epoch })));
  }

  get fault(): unknown {
    return this.#nodes.fault;
  }

  close(): void {
    this.#nodes.close();
  }
}

/** Lines of `id host:port@busPort[,name] flags masterId pinged heard epoch link slots…`. */
function nodesIn(table: string): readonly ClusterNode[] {
  return table.split('\n').flatMap((line) => {
    const [, address = '', flagList = '', , , , epoch = '', , ...slots] = line.split(' ');
    const [, host, port] = /^(.+):(\d+)@/.exec(address) ?? [];
    const flags = flagList.split(',');
    if (host === undefined || flags.includes('noaddr') || flags.includes('handshake')) return [];
    const isMaster = flags.includes('master') && !flags.includes('fail');
    const serves = (slot: number) => isMaster && slots.some((range) => holds(range, slot));
    return [{ at: { host, port: Number(port) }, epoch: Number(epoch), serves }];
  });
}

function holds(range: string, slot: number): boolean {
  const [first = NaN, last = first] = range.split('-').map(Number);
  return first <= slot && slot <= last;
}
