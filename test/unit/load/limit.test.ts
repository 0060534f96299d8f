/** What limited a run, from evidence alone. */
import { expect, test } from '@jest/globals';
import { limitOf } from '../../../src/load/figures/limit.ts';
import type { Evidence } from '../../../src/load/figures/limit.ts';

const idle = { cpuMost: 0, memoryFirstMib: 0, memoryMostMib: 0, memoryLastMib: 0 };
const calm: Evidence = {
  attempted: 1_000,
  late: 0,
  dropped: 0,
  people: { enoughForMs: 12_250, areTooFew: false },
  failures: {},
  generator: { cpuMean: 0.2, heldUpMs: 2 },
  machine: { busy: 0.4, stolen: 0 },
  processes: [
    { ...idle, name: 'node', cpuMean: 0.5 },
    { ...idle, name: 'redis', cpuMean: 0.1 },
  ],
};

test.each<[string, Partial<Evidence>, string, boolean]>([
  [
    'a generator that begins calls late',
    { late: 11, dropped: 3 },
    'the generator: 11 of 1000 calls began late and 3 not at all',
    true,
  ],
  [
    'a server in whose calls everybody is still busy',
    { late: 8, dropped: 30 },
    'the server: calls lasted longer than 12.3 s, so that nobody was free for 30 of 1000',
    false,
  ],
  [
    'a generator that could not make enough people',
    { late: 8, dropped: 3, people: { enoughForMs: 12_250, areTooFew: true } },
    'the generator: 8 of 1000 calls began late and 3 not at all',
    true,
  ],
  ['one in a hundred late calls is still a measurement', { late: 10 }, 'nothing that was watched was full', false],
  [
    'a full process',
    { processes: [{ ...idle, name: 'node/mediasoup-worker-1', cpuMean: 0.97 }] },
    'node/mediasoup-worker-1: it used 97 % of a core',
    false,
  ],
  [
    'refusals',
    { failures: { 'create: overloaded': 12 } },
    'a limit of the server itself: 12 × create: overloaded',
    false,
  ],
  [
    'a machine that others use',
    { machine: { busy: 0.5, stolen: 0.1 } },
    'the machine: 10 % of its time went to others',
    false,
  ],
  [
    'a full machine',
    { machine: { busy: 0.99, stolen: 0 } },
    'the machine: its cores were busy for 99 % of the time',
    false,
  ],
  ['a full generator', { generator: { cpuMean: 0.97, heldUpMs: 5 } }, 'the generator: it used 97 % of a core', true],
  [
    'a full generator and a full process',
    { generator: { cpuMean: 0.97, heldUpMs: 5 }, processes: [{ ...idle, name: 'node', cpuMean: 0.9 }] },
    'node: it used 90 % of a core',
    false,
  ],
  ['nothing known', { processes: [], machine: null }, 'unknown: no process of the server is watched', false],
])('%s', (_, seen, sentence, isGenerator) => {
  const limit = limitOf({ ...calm, ...seen });
  expect(limit.sentence).toContain(sentence);
  expect(limit.isGenerator).toBe(isGenerator);
});
