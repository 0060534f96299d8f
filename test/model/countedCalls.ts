/** Calls in memory, fast for very many, that count what Redis would be asked: each method here is one command there. */
import type { Call } from '../../src/domain/call/call.ts';
import type { CallId, NodeId } from '../../src/domain/kernel/ids.ts';
import type { NodeStatus } from '../../src/domain/cluster/placement.ts';
import type { CallIndex, CallsOnNode } from '../../src/ports/call/callIndex.ts';
import type { CallStore, SaveAnswer, Transition } from '../../src/ports/call/callStore.ts';
import type { NodeDirectory, Renewal } from '../../src/ports/cluster/nodeDirectory.ts';

const notInTheModel = (): never => {
  throw new Error('the model does not ask for this');
};

export class CountedCalls implements CallStore, CallIndex, NodeDirectory {
  commands = 0;
  readonly calls = new Map<CallId, Call>();
  readonly #on = new Map<NodeId, Set<CallId>>();
  readonly #statuses = new Map<NodeId, NodeStatus>();

  load(callId: CallId): Promise<Call | undefined> {
    this.commands += 1;
    return Promise.resolve(this.calls.get(callId));
  }

  save({ call, movedFrom }: Transition): Promise<SaveAnswer> {
    this.commands += 1;
    if ((this.calls.get(call.id)?.version ?? 0) !== call.version - 1) return Promise.resolve('stale');
    if (movedFrom !== undefined) this.#onNode(movedFrom).delete(call.id);
    if (call.phase === 'ended') {
      this.calls.delete(call.id);
      this.#onNode(call.nodeId).delete(call.id);
    } else {
      this.calls.set(call.id, call);
      this.#onNode(call.nodeId).add(call.id);
    }
    return Promise.resolve('saved');
  }

  callsOn(nodeId: NodeId): Promise<CallsOnNode> {
    this.commands += 1;
    return Promise.resolve({ callIds: [...this.#onNode(nodeId)] });
  }

  renew(status: NodeStatus): Promise<Renewal> {
    this.commands += 1;
    const isKnown = this.#statuses.has(status.nodeId);
    this.#statuses.set(status.nodeId, status);
    return Promise.resolve(isKnown || status.beat === 1 ? 'renewed' : 'fenced');
  }

  renewIfKnown(status: NodeStatus): Promise<boolean> {
    this.commands += 1;
    const isKnown = this.#statuses.has(status.nodeId);
    if (isKnown) this.#statuses.set(status.nodeId, status);
    return Promise.resolve(isKnown);
  }

  all(): Promise<readonly NodeStatus[]> {
    this.commands += 1;
    return Promise.resolve([...this.#statuses.values()]);
  }

  forget(nodeId: NodeId): Promise<void> {
    this.commands += 1;
    this.#statuses.delete(nodeId);
    return Promise.resolve();
  }

  countOn(nodeId: NodeId): number {
    return this.#onNode(nodeId).size;
  }

  restore = notInTheModel;
  announce = notInTheModel;
  ringingBetween = notInTheModel;
  liveCallsOf = notInTheModel;
  nodesWithCalls = notInTheModel;
  liveCalls = notInTheModel;
  eventsAfter = notInTheModel;
  countByPhase = notInTheModel;

  #onNode(nodeId: NodeId): Set<CallId> {
    const calls = this.#on.get(nodeId) ?? new Set<CallId>();
    this.#on.set(nodeId, calls);
    return calls;
  }
}
