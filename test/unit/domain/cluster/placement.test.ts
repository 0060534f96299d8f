/** What holds wherever calls are placed, and whoever dies. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  beatingOf,
  deadOf,
  looked,
  looksPerLease,
  noHeartbeats,
  turnOf,
} from '../../../../src/domain/cluster/heartbeats.ts';
import type { NodeId } from '../../../../src/domain/kernel/ids.ts';
import { place } from '../../../../src/domain/cluster/placement.ts';
import type { NodeStatus } from '../../../../src/domain/cluster/placement.ts';

const status = (given: Partial<NodeStatus> = {}): NodeStatus => ({
  nodeId: 'node_a',
  region: 'here',
  beat: 1,
  load: 0,
  calls: 0,
  sessions: 0,
  draining: false,
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

describe('placement', () => {
  test('never picks a full or draining node, prefers the region, and always finds a node if one is free', () => {
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

  test('never picks the most loaded of several', () => {
    const nodes = [0.1, 0.2, 0.7].map((load, index) => status({ nodeId: `node_${index}`, load }));
    const chosen = Array.from({ length: 500 }, () => place(nodes, { region: 'here', fullLoad, random: Math.random }));
    expect(new Set(chosen)).toEqual(new Set(['node_0', 'node_1']));
  });
});

describe('placement between two nodes', () => {
  const anyDraw = [
    [0, 0],
    [0.5, 0],
    [0.99, 0.99],
  ] as const;
  const placed = (nodes: readonly NodeStatus[], draws: readonly number[]) => {
    const left = [...draws];
    return place(nodes, { region: 'here', fullLoad, random: () => left.shift() ?? 0 });
  };

  test.each(anyDraw)('compares both, in either order (%p, %p)', (...draws) => {
    const [idle, busy] = [status({ nodeId: 'node_idle', load: 0.1 }), status({ nodeId: 'node_busy', load: 0.2 })];
    expect(placed([idle, busy], draws)).toBe('node_idle');
    expect(placed([busy, idle], draws)).toBe('node_idle');
  });

  test.each(anyDraw)('at equal load picks the one with fewer calls (%p, %p)', (...draws) => {
    const [few, many] = [status({ nodeId: 'node_few', calls: 1 }), status({ nodeId: 'node_many', calls: 2 })];
    expect(placed([few, many], draws)).toBe('node_few');
    expect(placed([many, few], draws)).toBe('node_few');
  });

  test('an exactly full node takes no call', () => {
    expect(placed([status({ load: fullLoad })], [0, 0])).toBeUndefined();
    expect(placed([status({ load: fullLoad - 0.01 })], [0, 0])).toBe('node_a');
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

describe('detection of dead nodes', () => {
  test('a node without a beat for a lease is dead, and takes no calls long before', () => {
    expect(deadOf(watched([both, both, ...times(looksPerLease - 1, one)]), leaseMs)).toEqual([]);
    expect(deadOf(watched([both, both, ...times(looksPerLease, one)]), leaseMs)).toEqual(['node_b']);
    expect(idsOf(beatingOf(watched([both, both]), leaseMs))).toEqual(['node_a', 'node_b']);
    expect(idsOf(beatingOf(watched([both, both, ...times(looksPerLease - 1, one)]), leaseMs))).toEqual(['node_a']);
  });

  test('a status left by a dead node takes no calls, and its node is found dead', () => {
    expect(idsOf(beatingOf(watched(times(2, one)), leaseMs))).toEqual(['node_a']);
    expect(deadOf(watched(times(looksPerLease + 1, one)), leaseMs)).toEqual(['node_b']);
  });

  test('an outage of the store makes no node dead, however long and often', () => {
    const outage: Watching = { beating: [], elapsedMs: 60_000 };
    expect(deadOf(watched([both, both, ...times(5, outage)]), leaseMs)).toEqual([]);
    expect(deadOf(watched([both, both, outage, ...times(looksPerLease - 1, { beating: [] })]), leaseMs)).toEqual([]);
    expect(deadOf(watched([both, ...times(9, { beating: [], elapsedMs: -5 })]), leaseMs)).toEqual([]);
  });

  test('a late check proves nothing about a node', () => {
    const quiet = (elapsedMs: number): Watching => ({ beating: [], elapsedMs });
    // Half a lease between two looks counts, more does not.
    expect(deadOf(watched([both, both, ...times(2, quiet(leaseMs / 2))]), leaseMs)).toEqual(['node_a', 'node_b']);
    expect(deadOf(watched([both, both, ...times(3, quiet(leaseMs * 0.4))]), leaseMs)).toEqual(['node_a', 'node_b']);
    expect(deadOf(watched([both, both, ...times(9, quiet(leaseMs / 2 + 1))]), leaseMs)).toEqual([]);
    expect(deadOf(watched([both, both, ...times(leaseMs, quiet(60_000))]), leaseMs)).toEqual([]);
  });

  test('a lease ends to the millisecond, counted from the first check or the newest beat', () => {
    const nearly = [leaseMs / 2, leaseMs / 2 - 0.5].map((elapsedMs): Watching => ({ beating: [], elapsedMs }));
    expect(deadOf(watched([{ beating: [] }, ...nearly]), leaseMs)).toEqual([]);
    expect(deadOf(watched([both, both, ...nearly]), leaseMs)).toEqual([]);
    const last: Watching = { beating: [], elapsedMs: 0.5 };
    expect(deadOf(watched([both, both, ...nearly, last]), leaseMs)).toEqual(['node_a', 'node_b']);
  });

  test('a node takes calls up to half a lease of silence', () => {
    const silent = (elapsedMs: number) => watched([both, both, { beating: ['node_a'], elapsedMs }]);
    expect(idsOf(beatingOf(silent(leaseMs / 2), leaseMs))).toEqual(['node_a', 'node_b']);
    const more = watched([both, both, { beating: ['node_a'], elapsedMs: leaseMs / 2 }, { ...one, elapsedMs: 1 }]);
    expect(idsOf(beatingOf(more, leaseMs))).toEqual(['node_a']);
  });

  test('a node removed from the list is found dead after its lease, and then forgotten', () => {
    const nodes = [status({ nodeId: 'node_a', beat: 7 })];
    let heartbeats = watched([both, both]);
    const seen: (readonly NodeId[])[] = [];
    for (let look = 1; look <= looksPerLease + 1; look += 1) {
      const beaten = nodes.map((node) => ({ ...node, beat: node.beat + look }));
      heartbeats = looked(heartbeats, { nodes: beaten, elapsedMs: beatMs, leaseMs });
      seen.push(deadOf(heartbeats, leaseMs));
    }
    expect(seen).toEqual([...times(looksPerLease - 1, []), ['node_b'], []]);
  });

  test('a lease has eight checks, so a death is seen at most an eighth of it late', () => {
    expect(looksPerLease).toBe(8);
  });

  test('the order of takeover follows FNV-1a, so that processes of every version agree on it', () => {
    const fnv = (text: string) => {
      let hash = 2_166_136_261n;
      for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 16_777_619n) % 2n ** 32n;
      return Number(hash);
    };
    expect(fnv('foobar')).toBe(0xbf9cf968);
    const living = Array.from({ length: 4 }, (_, index): NodeId => `node_${index}`);
    for (let dead = 0; dead < 20; dead += 1) {
      const byRank = [...living].sort((a, b) => fnv(`${a}node_${dead}`) - fnv(`${b}node_${dead}`));
      expect(byRank.map((nodeId) => turnOf(nodeId, `node_${dead}`, living))).toEqual([0, 1, 2, 3]);
      expect(turnOf(undefined, `node_${dead}`, ['node_a'])).toBe(1);
    }
  });

  test('of all nodes that see a death one is first, the others follow in order, and a process without a node is last', () => {
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
