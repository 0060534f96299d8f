/** What the control plane does for a call stays the same, however many calls, people and nodes there are. */
import { expect, test } from '@jest/globals';
import { playControlPlane } from './controlPlane.ts';

const scene = { nodes: 20, calls: 1_000, participants: 2, dying: 1, seed: 7 };

test('set-up, joins and moves cost the same for 10 to 1,000 calls and for 2 to 200 participants', async () => {
  const shown = await Promise.all([
    playControlPlane({ ...scene, calls: 100 }),
    playControlPlane(scene),
    playControlPlane({ ...scene, calls: 20, participants: 200 }),
  ]);
  expect(new Set(shown.map(({ commandsPerSetUp }) => commandsPerSetUp))).toEqual(new Set([1]));
  for (const { commandsPerJoin, commandsPerRehomedCall } of shown) {
    expect(commandsPerJoin).toBeLessThanOrEqual(4);
    // A load and a save each, and a list and a farewell for the node.
    expect(commandsPerRehomedCall).toBeLessThanOrEqual(4);
  }
});

test('calls are spread evenly, and calls of dead nodes get a new owner within a lease and two checks', async () => {
  const shown = await playControlPlane({ ...scene, calls: 2_000, dying: 5 });
  expect(shown.imbalance).toBeLessThan(1.3);
  expect(shown.imbalanceAfter).toBeLessThan(1.4);
  expect(shown.rehomed).toBeGreaterThan(300);
  expect(shown.callsWithoutNode).toBe(0);
  expect(shown.rehomedWithinMs).toBeLessThanOrEqual(3_000 + 3 * 750);
});
