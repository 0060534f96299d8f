/** The store as a node sees it: the node learns what it saved, and what the store has lost is put back before it is read. */
import type { Call } from '../call/call.ts';
import type { CallId } from '../call/ids.ts';
import type { CallCopies } from '../ports/callCopies.ts';
import type { CallStore } from '../ports/callStore.ts';

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
    ringingBetween: (caller, callee) => store.ringingBetween(caller, callee),
    liveCallsOf: (userId) => store.liveCallsOf(userId),
    liveCalls: (page) => store.liveCalls(page),
    callsOn: (nodeId, from) => store.callsOn(nodeId, from),
    nodesWithCalls: () => store.nodesWithCalls(),
    eventsAfter: (callId, after, limit) => store.eventsAfter(callId, after, limit),
    countByPhase: () => store.countByPhase(),
  };
}
