/** All that may happen to the machines, each to its end: afterwards everything runs again. */
import { setTimeout as delay } from 'node:timers/promises';
import { part } from '../../support/networks/networks.ts';
import type { Crowd } from '../stage/crowd.ts';
import { hostOf } from '../stage/machines.ts';
import { mediaWorkersOf } from '../stage/processes.ts';
import { nodeNames } from '../stage/stage.ts';
import type { NodeName, Stage } from '../stage/stage.ts';
import type { Dice } from '../../../src/load/plan/dice.ts';
import { between } from '../../support/between.ts';

export interface Struck {
  readonly stage: Stage;
  readonly crowd: Crowd;
  readonly dice: Dice;
}
/** Answers what it was, for people. */
export type Fault = (struck: Struck) => Promise<string>;

const pickNode = ({ dice }: Struck): NodeName => dice.oneOf(nodeNames);

const killWorker: Fault = async (struck) => {
  const name = pickNode(struck);
  const workers = await mediaWorkersOf(struck.stage.node(name).pid);
  process.kill(struck.dice.oneOf(workers), 'SIGKILL');
  return `kill -9 of a media worker of ${name}`;
};

const killNode: Fault = async (struck) => {
  const name = pickNode(struck);
  await struck.stage.killNode(name);
  await delay(between(struck.dice, 500, 8_000));
  await struck.stage.startNode(name);
  return `kill -9 of ${name}, which came back`;
};

const drainNode: Fault = async (struck) => {
  const name = pickNode(struck);
  const by = struck.dice.oneOf(['stop', 'drain'] as const);
  const exitCode = await struck.stage.stopNode(name, by);
  await struck.stage.startNode(name);
  return `${name} drained, told so by ${by === 'stop' ? 'a signal' : 'HTTP'}, ended with ${exitCode} and came back`;
};

/** Its media workers continue, its lease runs out, its calls get another owner; and then it wakes, knowing nothing of that. */
const freezeNode: Fault = async (struck) => {
  const name = pickNode(struck);
  const forMs = between(struck.dice, 1_000, 8_000);
  const { pid } = struck.stage.node(name);
  process.kill(pid, 'SIGSTOP');
  try {
    await delay(forMs);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return `${name} stood still for ${Math.round(forMs)} ms`;
};

const killRedis: Fault = async ({ stage, dice }) => {
  const forMs = between(dice, 200, 10_000);
  await stage.store.kill();
  await delay(forMs);
  await stage.store.restart('with its data');
  return `kill -9 of Redis for ${Math.round(forMs)} ms`;
};

const killJobs: Fault = async ({ stage, dice }) => {
  await stage.jobs?.kill();
  await delay(between(dice, 0, 3_000));
  await stage.startJobs();
  return 'kill -9 of the lifecycle workers, which came back';
};

const cutFromRedis: Fault = async (struck) => {
  const name = pickNode(struck);
  const forMs = between(struck.dice, 300, 6_000);
  await cut(struck, { one: name, other: 'redis', forMs });
  return `${name} cut off from Redis for ${Math.round(forMs)} ms`;
};

const cutNodes: Fault = async (struck) => {
  const one = pickNode(struck);
  const other = struck.dice.oneOf(nodeNames.filter((name) => name !== one));
  const forMs = between(struck.dice, 300, 6_000);
  await cut(struck, { one, other, forMs });
  return `${one} and ${other} cut off from each other for ${Math.round(forMs)} ms`;
};

interface Cut {
  readonly one: NodeName;
  readonly other: NodeName | 'redis';
  readonly forMs: number;
}

async function cut({ stage: { run } }: Struck, { one, other, forMs }: Cut): Promise<void> {
  await part(run, hostOf(one), hostOf(other), true);
  try {
    await delay(forMs);
  } finally {
    await part(run, hostOf(one), hostOf(other), false);
  }
}

const loseSockets: Fault = async ({ crowd, dice }) => {
  const some = crowd.devices.filter(() => dice.throw() < 0.3);
  await Promise.allSettled(some.map((device) => device.move()));
  return `${some.length} devices lost their sockets`;
};

export const faults: Readonly<Record<string, Fault>> = {
  worker: killWorker,
  node: killNode,
  drain: drainNode,
  freeze: freezeNode,
  redis: killRedis,
  jobs: killJobs,
  'cut-redis': cutFromRedis,
  'cut-nodes': cutNodes,
  sockets: loseSockets,
};
