/** The store as a node uses it: the node remembers what it saved, and lost data is put back before it is read. */
import { presentOf, ringingPair } from '../../domain/call/call.ts';
import type { Call } from '../../domain/call/call.ts';
import { maxEvents } from '../../domain/call/events.ts';
import type { CallId } from '../../domain/kernel/ids.ts';
import type { CallCopies } from '../../ports/call/callCopies.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CallStore } from '../../ports/call/callStore.ts';

export interface RememberingStoreOptions {
  readonly store: CallStore;
  readonly copies: CallCopies;
  readonly loadRestored: (callId: CallId) => Promise<Call | undefined>;
}

export function rememberingStore({ store, copies, loadRestored }: RememberingStoreOptions): CallStore {
  return {
    load: loadRestored,
    save: async (transition) => {
      const answer = await store.save(transition);
      if (answer === 'saved') copies.learn(transition);
      return answer;
    },
    restore: (restoration) => store.restore(restoration),
    announce: (transition) => store.announce(transition),
    eventsAfter: async (callId, after, limit = maxEvents) => {
      const copy = copies.of(callId);
      if (copy?.isUnsaved !== true) return store.eventsAfter(callId, after, limit);
      return copy.events.filter(({ seq }) => seq > after).slice(0, limit);
    },
  };
}

/** The calls that the index finds, each in the newest state that this node knows. */
export function rememberingIndex(index: CallIndex, copies: CallCopies): CallIndex {
  /** Changes that the store could not take yet exist only here. */
  const newest = (call: Call): Call => {
    const copy = copies.of(call.id);
    return copy?.isUnsaved === true && copy.call.version > call.version ? copy.call : call;
  };
  return {
    ringingBetween: async (caller, callee) => {
      const call = await index.ringingBetween(caller, callee);
      return call === undefined ? undefined : stillRinging(newest(call));
    },
    liveCallsOf: async (userId) =>
      (await index.liveCallsOf(userId))
        .map(newest)
        .filter((call) => presentOf(call).some((participant) => participant.userId === userId)),
    liveCalls: async (page) => {
      const { calls, ...more } = await index.liveCalls(page);
      return { calls: calls.map(newest).filter(({ phase }) => phase !== 'ended'), ...more };
    },
    callsOn: (nodeId, from) => index.callsOn(nodeId, from),
    nodesWithCalls: () => index.nodesWithCalls(),
    countByPhase: () => index.countByPhase(),
  };
}

function stillRinging(call: Call): Call | undefined {
  return ringingPair(call) === undefined ? undefined : call;
}
