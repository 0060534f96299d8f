/**
 * The control plane in fast time: the real placement, the real watch of the nodes, the real decisions and their loop, over
 * a store that counts. Media, sockets and the way to Redis are not in it: what is shown is work, balance and order.
 */
import type { CallCommand } from '../../src/domain/call/commands.ts';
import { looksPerLease } from '../../src/domain/cluster/heartbeats.ts';
import type { CallId, NodeId } from '../../src/domain/kernel/ids.ts';
import { runCommand } from '../../src/commands/call/running/runCommand.ts';
import { NodeWatch } from '../../src/commands/cluster/watchNodes.ts';
import { CountedCalls } from './countedCalls.ts';

export interface Scene {
  readonly nodes: number;
  /** Made one after the other; each stays. */
  readonly calls: number;
  readonly participants: number;
  /** Die at once, when all calls are there. */
  readonly dying: number;
  readonly seed: number;
}

export interface Shown {
  readonly commandsPerSetUp: number;
  readonly commandsPerJoin: number;
  /** Calls on the fullest node, to the mean. */
  readonly imbalance: number;
  readonly imbalanceAfter: number;
  readonly rehomed: number;
  readonly commandsPerRehomedCall: number;
  /** From the death to the last of its calls with a new owner. */
  readonly rehomedWithinMs: number;
  readonly callsWithoutNode: number;
}

const leaseMs = 3_000;
const beatMs = leaseMs / looksPerLease;
/** In the time in which nodes know no more than they said last: five at each, as where thirteen a second are made at a node. */
const callsPerBeat = (nodes: number): number => Math.max(500, 5 * nodes);
const capacity = 2_000;

const silent = () => undefined;
const metrics = {
  decided: silent,
  happened: silent,
  refused: silent,
  observed: silent,
  answered: silent,
  timerFired: silent,
  phaseLeft: silent,
};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const limits = {
  ringTimeoutMs: 45_000,
  reconnectGraceMs: 8_000,
  emptyTimeoutMs: 30_000,
  longestCallMs: 14_400_000,
  mostParticipants: 1_000,
};

export async function playControlPlane(scene: Scene): Promise<Shown> {
  const world = new World(scene);
  await world.beat();
  await world.beat();
  const setUps = await world.makeCalls();
  const imbalance = world.imbalance();
  const failure = await world.fail(scene.dying);
  return { ...setUps, imbalance, ...failure, imbalanceAfter: world.imbalance() };
}

class World {
  readonly #scene: Scene;
  readonly #store = new CountedCalls();
  readonly #random: () => number;
  readonly #watches = new Map<NodeId, NodeWatch>();
  #beats = 0;
  #nowMs = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#random = seeded(scene.seed);
    for (let index = 0; index < scene.nodes; index += 1) {
      const self: NodeId = `node_${index}`;
      const stores = { callIndex: this.#store, nodes: this.#store };
      const options = { ...this.#context(), ...stores, leaseMs, fullLoad: 0.85, region: 'here', self, log };
      this.#watches.set(self, new NodeWatch({ ...options, ticks: () => this.#nowMs, random: this.#random }));
    }
  }

  /** Every node says how it is, then every one looks, in an order that changes. */
  async beat(): Promise<number> {
    this.#beats += 1;
    this.#nowMs += beatMs;
    for (const nodeId of this.#watches.keys()) {
      const calls = this.#store.countOn(nodeId);
      const status = { nodeId, region: 'here', beat: this.#beats, load: calls / capacity, calls, sessions: calls };
      await this.#store.renew({ ...status, draining: false });
    }
    let moved = 0;
    for (const watch of this.#watches.values()) moved += await watch.look();
    return moved;
  }

  async makeCalls(): Promise<{ readonly commandsPerSetUp: number; readonly commandsPerJoin: number }> {
    const { calls, participants, nodes } = this.#scene;
    const perBeat = callsPerBeat(nodes);
    const watches = [...this.#watches.values()];
    let [setUp, join] = [0, 0];
    for (let made = 0; made < calls; made += 1) {
      if (made % perBeat === perBeat - 1) await this.beat();
      const nodeId = watches[made % watches.length]?.placeCall();
      if (nodeId === undefined) throw new Error('no node can take a call');
      const callId: CallId = `call_${made}`;
      setUp += await this.#counted(callId, creation(callId, nodeId, participants));
      for (let one = 1; one < participants; one += 1) {
        join += await this.#counted(callId, { name: 'answer', ...person(one) });
        join += await this.#counted(callId, { name: 'sessionJoined', ...person(one), ownerTerm: 1 });
      }
      join += await this.#counted(callId, { name: 'sessionJoined', ...person(0), ownerTerm: 1 });
    }
    return { commandsPerSetUp: setUp / calls, commandsPerJoin: join / (calls * participants) };
  }

  async fail(
    dying: number,
  ): Promise<Omit<Shown, 'commandsPerSetUp' | 'commandsPerJoin' | 'imbalance' | 'imbalanceAfter'>> {
    const dead = [...this.#watches.keys()].slice(0, dying);
    for (const nodeId of dead) this.#watches.delete(nodeId);
    const left = () => dead.reduce((sum, nodeId) => sum + this.#store.countOn(nodeId), 0);
    const [toMove, diedAt] = [left(), this.#nowMs];
    let [moved, acting] = [0, 0];
    for (let looks = 0; left() > 0 && looks < 3 * looksPerLease; looks += 1) {
      const before = this.#store.commands;
      const now = await this.beat();
      // Beats continue whether anybody dies or not.
      if (now > 0) acting += this.#store.commands - before - 2 * this.#watches.size;
      moved += now;
    }
    const callsWithoutNode = [...this.#store.calls.values()].filter(({ nodeId }) => !this.#watches.has(nodeId)).length;
    return {
      rehomed: toMove - left(),
      rehomedWithinMs: this.#nowMs - diedAt,
      callsWithoutNode,
      commandsPerRehomedCall: moved === 0 ? 0 : acting / moved,
    };
  }

  imbalance(): number {
    const counts = [...this.#watches.keys()].map((nodeId) => this.#store.countOn(nodeId));
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    return Math.max(...counts) / mean;
  }

  async #counted(callId: CallId, command: CallCommand): Promise<number> {
    const before = this.#store.commands;
    await runCommand(this.#context(), callId, command);
    return this.#store.commands - before;
  }

  #context() {
    return { store: this.#store, metrics, clock: { now: () => this.#nowMs } };
  }
}

const person = (index: number) => ({ userId: `user-${index}`, deviceId: `device-${index}` });

function creation(callId: CallId, nodeId: NodeId, participants: number): CallCommand {
  const callees = Array.from({ length: participants - 1 }, (_, index) => person(index + 1).userId);
  const { userId: caller, deviceId: callerDevice } = person(0);
  return { name: 'create', callId, nodeId, media: 'video', caller, callerDevice, callees, limits };
}

/** The same draws for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
