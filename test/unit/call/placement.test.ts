/** What holds wherever calls are placed, and whoever dies. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beatingOf, deadOf, looked, looksPerLease, noHeartbeats, turnOf } from '../../../src/call/heartbeats.ts';
import type { NodeId } from '../../../src/call/ids.ts';
import { place } from '../../../src/call/placement.ts';
import type { NodeStatus } from '../../../src/call/placement.ts';

const status = (given: Partial<NodeStatus> = {}): NodeStatus => ({
  ...{ nodeId: 'node_a', region: 'here', beat: 1, load: 0, calls: 0, sessions: 0, draining: false },
  ...given,
});
const anyNodes = fc
  .array(
    fc.record({
      region: fc.constantFrom('here', 'there'),
      load: fc.double({ min: 0, max: 1, noNaN: true }),
      calls: fc.nat(100),
      draining: fc.boolean(),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.map((one, index) => status({ ...one, nodeId: `node_${index}` })));
const anyDraws = fc.tuple(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
);
const fullLoad = 0.8;

describe('placing', () => {
  test('never on a node that is full or goes, in the region when any can there, and always when any can', () => {
    fc.assert(
      fc.property(anyNodes, anyDraws, (nodes, draws) => {
        const left = [...draws];
        const random = () => left.shift() ?? 0;
        const open = nodes.filter(({ load, draining }) => load < fullLoad && !draining);
        const chosen = place(nodes, { region: 'here', fullLoad, random });
        const one = open.find(({ nodeId }) => nodeId === chosen);
        expect(one !== undefined).toBe(open.length > 0);
        if (open.some(({ region }) => region === 'here')) expect(one?.region).toBe('here');
      }),
    );
  });

  test('never on the fullest of several', () => {
    const nodes = [0.1, 0.2, 0.7].map((load, index) => status({ nodeId: `node_${index}`, load }));
    const chosen = Array.from({ length: 500 }, () => place(nodes, { region: 'here', fullLoad, random: Math.random }));
    expect(new Set(chosen)).toEqual(new Set(['node_0', 'node_1']));
  });
});

const leaseMs = 3_000;
const beatMs = leaseMs / looksPerLease;

interface Watching {
  readonly beating: readonly NodeId[];
  readonly elapsedMs?: number;
}

/** Looks at two nodes: of each look, who had beaten before it, and after how long it came. */
function watched(looks: readonly Watching[]) {
  const beats = new Map<NodeId, number>([
    ['node_a', 1],
    ['node_b', 1],
  ]);
  let heartbeats = noHeartbeats;
  for (const { beating, elapsedMs = beatMs } of looks) {
    for (const nodeId of beating) beats.set(nodeId, (beats.get(nodeId) ?? 0) + 1);
    const nodes = [...beats].map(([nodeId, beat]) => status({ nodeId, beat }));
    heartbeats = looked(heartbeats, { nodes, elapsedMs, leaseMs });
  }
  return heartbeats;
}
const times = <T>(count: number, one: T) => Array.from({ length: count }, () => one);
const idsOf = (nodes: readonly NodeStatus[]) => nodes.map(({ nodeId }) => nodeId);
const both: Watching = { beating: ['node_a', 'node_b'] };
const one: Watching = { beating: ['node_a'] };

describe('death by observation', () => {
  test('whoever stands still for a lease is dead, and takes no calls long before', () => {
    expect(deadOf(watched([both, both, ...times(looksPerLease - 1, one)]), leaseMs)).toEqual([]);
    expect(deadOf(watched([both, both, ...times(looksPerLease, one)]), leaseMs)).toEqual(['node_b']);
    expect(idsOf(beatingOf(watched([both, both]), leaseMs))).toEqual(['node_a', 'node_b']);
    expect(idsOf(beatingOf(watched([both, both, ...times(looksPerLease - 1, one)]), leaseMs))).toEqual(['node_a']);
  });

  test('what a dead one left behind takes no calls, and is found to be dead', () => {
    expect(idsOf(beatingOf(watched(times(2, one)), leaseMs))).toEqual(['node_a']);
    expect(deadOf(watched(times(looksPerLease + 1, one)), leaseMs)).toEqual(['node_b']);
  });

  test('an outage of the store kills nobody, however long and often', () => {
    const outage: Watching = { beating: [], elapsedMs: 60_000 };
    expect(deadOf(watched([both, both, ...times(5, outage)]), leaseMs)).toEqual([]);
    expect(deadOf(watched([both, both, outage, ...times(looksPerLease - 1, { beating: [] })]), leaseMs)).toEqual([]);
    expect(deadOf(watched([both, ...times(9, { beating: [], elapsedMs: -5 })]), leaseMs)).toEqual([]);
  });

  test('of all who see it one comes first, the others in turn, and who is no node last', () => {
    const living = Array.from({ length: 20 }, (_, index): NodeId => `node_${index}`);
    const turns = living.map((nodeId) => turnOf(nodeId, 'node_dead', living)).sort();
    expect(turns.slice(0, 3)).toEqual([0, 1, 2]);
    expect(new Set(turns.slice(3))).toEqual(new Set([3]));
    expect(turnOf(undefined, 'node_dead', living)).toBe(3);
    expect(turnOf(undefined, 'node_dead', [])).toBe(0);
    const firsts = Array.from({ length: 200 }, (_, dead) =>
      living.find((nodeId) => turnOf(nodeId, `node_x${dead}`, living) === 0),
    );
    expect(new Set(firsts).size).toBeGreaterThan(10);
  });
});
