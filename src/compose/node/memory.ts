/** What a node keeps in memory, to put back what Redis loses. */
import type { Config } from '../../../config/schema.ts';
import { RedisStoreIncarnation } from '../../adapters/redis/schema/redisStoreIncarnation.ts';
import { ProcessCallCopies } from '../../adapters/system/callCopies.ts';
import { ProcessKnownGenerations } from '../../adapters/system/knownGenerations.ts';
import type { Call } from '../../domain/call/call.ts';
import type { NodeId } from '../../domain/kernel/ids.ts';
import { loadRestored } from '../../commands/cluster/restoreCalls.ts';
import { rememberingIndex, rememberingStore } from './rememberingStore.ts';
import type { State } from '../store/stores.ts';

/** For calls that ended or belong to another node: longer than Redis takes to come back with its data. */
const forgetCopiesAfterMs = 120_000;

export interface MemoryDependencies {
  readonly config: Config;
  readonly state: State;
  readonly nodeId: NodeId;
  readonly onHeld: (call: Call) => void;
}

export async function composeMemory({ config, state, nodeId, onHeld }: MemoryDependencies) {
  const { connection, keys, store, callIndex, clock } = state;
  const life = await RedisStoreIncarnation.create({ connection, keys });
  const copies = new ProcessCallCopies({ nodeId, clock, forgetAfterMs: forgetCopiesAfterMs, onHeld });
  const context = { store, copies, life, clock, endedCallTtlMs: config.endedCallTtlMs };
  return {
    life,
    copies,
    generations: new ProcessKnownGenerations({ clock, forgetAfterMs: config.userTokenTtlMs }),
    store: rememberingStore({
      store,
      copies,
      loadRestored: async (callId) => (await loadRestored(context, callId)).call,
    }),
    callIndex: rememberingIndex(callIndex, copies),
  };
}
