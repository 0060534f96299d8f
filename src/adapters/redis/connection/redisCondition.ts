/**
 * Checks repeatedly whether the store takes writes and how full it is. Space is reserved for endings: new calls are
 * refused first, then new participants, then all changes that end nothing.
 */
import { CallError } from '../../../domain/kernel/errors.ts';
import { storeWork } from '../../../ports/cluster/storeCondition.ts';
import type { StoreCondition, StoreWork } from '../../../ports/cluster/storeCondition.ts';
import type { RedisConnection } from './connection.ts';
import { faultOf } from './operatorMessages.ts';
import type { RedisKeys } from '../schema/keys.ts';
import { singleFlight } from '../../../support/singleFlight.ts';

export interface RedisConditionOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** A fault and its remedy. Called after every check; `what` stays the same while the fault lasts. */
  readonly onFault: (what: FaultKind, words: string) => void;
  readonly onOver: (what: FaultKind) => void;
  readonly lookEveryMs?: number;
  /** Whether the store has the schema version of this program. */
  readonly isCurrent?: () => boolean;
}

export type FaultKind = 'write' | 'memory' | 'eviction';

/** Share of `maxmemory` from which each kind of work is refused. */
const fullFor: Readonly<Record<StoreWork, number>> = { 'new call': 0.9, 'new participant': 0.95, 'other change': 0.98 };
const defaultLookEveryMs = 1_000;
const probeLifeMs = 60_000;

export class RedisCondition implements StoreCondition {
  readonly #options: RedisConditionOptions;
  #timer: NodeJS.Timeout | undefined;
  #fullness = 0;
  #isWritable = true;
  readonly #looked = singleFlight(() => this.#look());
  #evicts = '';

  constructor(options: RedisConditionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), this.#options.lookEveryMs ?? defaultLookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The policy by which a full Redis deletes our keys; undefined if it refuses writes instead. */
  get evictionPolicy(): string | undefined {
    return this.#evicts === '' ? undefined : this.#evicts;
  }

  get isWritable(): boolean {
    return this.#isWritable;
  }

  mustTake(work: StoreWork): void {
    if (this.#fullness >= fullFor[work]) throw new CallError('overloaded', { retryAfterMs: 5_000 });
    if (!this.#isWritable || this.#options.isCurrent?.() === false) throw new CallError('unavailable');
  }

  /** Rejects if a new call could not be stored. */
  async check(): Promise<void> {
    await this.look();
    this.mustTake(storeWork[0]);
  }

  /** Never rejects. */
  look(): Promise<void> {
    return this.#looked();
  }

  async #look(): Promise<void> {
    await Promise.all([this.#tryToWrite(), this.#readMemory()]);
  }

  async #tryToWrite(): Promise<void> {
    const { connection, keys, onFault, onOver } = this.#options;
    try {
      await connection.run((client) => client.set(keys.writeProbe, '1', { PX: probeLifeMs }));
      this.#isWritable = true;
      onOver('write');
    } catch (error) {
      this.#isWritable = false;
      // An outage is reported by the connection.
      const fault = faultOf(error);
      if (fault !== undefined) onFault('write', fault.words);
    }
  }

  async #readMemory(): Promise<void> {
    const { connection, onFault, onOver } = this.#options;
    let info: string;
    try {
      info = await connection.run((client) => client.info('memory'));
    } catch {
      return;
    }
    const [used, max] = [numberIn(info, 'used_memory'), numberIn(info, 'maxmemory')];
    this.#fullness = max > 0 ? used / max : 0;
    const refused = storeWork.filter((work) => this.#fullness >= fullFor[work]);
    if (refused.length > 0)
      onFault('memory', 'Redis is nearly full: raise its maxmemory; until then new calls are refused');
    else onOver('memory');
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
    this.#evicts = policy === 'noeviction' ? '' : policy;
    if (this.#evicts === '') onOver('eviction');
    else onFault('eviction', evictionWords(policy));
  }
}

export function evictionWords(policy: string): string {
  return `Redis deletes calls, users and timers when it is full, because its maxmemory-policy is ${policy}: set it to noeviction`;
}

function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}
