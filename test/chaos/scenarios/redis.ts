/** The store dies: for a while, for good, or until another takes its place. Nobody who talks may notice. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisKind } from '../../support/redis/redisKinds.ts';
import type { Device } from '../clients/device.ts';
import { now } from '../clients/ears.ts';
import type { Violation } from '../judge/evidence.ts';
import { distinct, duplicatesIn, judge } from '../judge/judge.ts';
import { percentilesOf } from '../judge/silence.ts';
import { leftBehind } from '../judge/state.ts';
import { earsOf, hangUp, makeCalls, pairsOf } from '../stage/calls.ts';
import type { Talk } from '../stage/calls.ts';
import { Crowd } from '../stage/crowd.ts';
import { look } from '../stage/look.ts';
import { Stage } from '../stage/stage.ts';
import { outage } from './outage.ts';
import type { Outage, OutageSeen } from './outage.ts';
import { recoveryOf, silencesOf, untilSteady } from './recovery.ts';
import { refusalsIn } from './refusals.ts';
import type { Outcome, Scenario, ScenarioOptions } from './scenario.ts';
import { settled } from './settled.ts';

const kinds: Readonly<Record<string, Outage & { readonly redis: RedisKind }>> = {
  '2s': { redis: 'one', forMs: 2_000, comesBack: 'with its data' },
  '10s': { redis: 'one', forMs: 10_000, comesBack: 'with its data' },
  '60s': { redis: 'one', forMs: 60_000, comesBack: 'with its data' },
  '2s-empty': { redis: 'one', forMs: 2_000, comesBack: 'empty' },
  '10s-empty': { redis: 'one', forMs: 10_000, comesBack: 'empty' },
  '60s-empty': { redis: 'one', forMs: 60_000, comesBack: 'empty' },
  sentinel: { redis: 'sentinel', forMs: 0, comesBack: 'another takes over' },
  cluster: { redis: 'cluster', forMs: 0, comesBack: 'another takes over' },
};

/** Calls that ring all the while. */
const ringingCalls = 3;

interface Part {
  readonly seen: OutageSeen & { readonly kind: string };
  readonly backMs: readonly number[];
  readonly violations: readonly Violation[];
}

async function play(options: ScenarioOptions): Promise<Outcome> {
  const { calls, only, tell } = options;
  const parts: Part[] = [];
  for (const [kind, what] of Object.entries(kinds)) {
    if (only.length > 0 && !only.includes(kind)) continue;
    tell(`outage ${kind}`);
    parts.push(await playOne(kind, what, options));
  }
  const violations = parts.flatMap((part) => part.violations);
  return {
    calls,
    lost: violations.filter(({ rule }) => rule === 'call lost').length,
    duplicates: duplicatesIn(violations),
    mediaBackMs: percentilesOf(parts.flatMap(({ backMs }) => backMs)),
    violations,
    outages: parts.map(({ seen }) => seen),
  };
}

async function playOne(
  kind: string,
  what: Outage & { readonly redis: RedisKind },
  { run, calls, tell }: ScenarioOptions,
): Promise<Part> {
  const stage = await Stage.set({ run, nodes: 1, redis: what.redis });
  const [talkers, ringers] = [new Crowd(stage, { first: 0 }), new Crowd(stage, { first: 50_000, answering: false })];
  try {
    await talkers.know((calls + 1) * 2);
    await ringers.know(ringingCalls * 2);
    const [tries, ...pairs] = pairsOf(await talkers.connect()).toReversed();
    if (tries === undefined) throw new Error('nobody is left who could call');
    const talks = await makeCalls(pairs);
    const ringing = await ring(pairsOf(await ringers.connect()));
    await untilSteady(talks, 30_000);
    tell(`${talks.length} calls with sound both ways, ${ringing.length} that ring`);

    const faultAt = now();
    const { seen, violations } = await outage({ stage, what, talks, ringing, tries, tell });
    if (what.comesBack === 'empty') {
      await Promise.all([talkers.put(), ringers.put()]);
      await stage.subscribeWebhooks();
    }
    for (const { callId, callee } of ringing) await callee.answer(callId);
    await untilSteady([...talks, ...ringing], 20_000);
    const { lost } = recoveryOf(talks, faultAt);
    const backMs = silencesOf(talks, { from: faultAt, to: now() });
    const later = ringing
      .filter((talk) => earsOf(talk).length < 2)
      .map(({ callId }): Violation => ({ rule: 'call lost', what: `${callId} rang through it and brought no sound` }));
    for (const line of refusalsIn(stage.diary)) tell(line);
    const storeWasLost = what.comesBack === 'empty';
    const during = judge(await settled(stage), { storeWasLost });
    await hangUp([...talks, ...ringing]);
    const after = judge(await settled(stage), { storeWasLost });
    const rest = leftBehind((await look(stage)).nodes);
    const all = distinct([...violations, ...lost, ...later, ...during, ...after, ...rest]);
    for (const { rule, what: why } of all.slice(0, 10)) tell(`violated, ${rule}: ${why}`);
    return { seen: { kind, ...seen }, backMs, violations: all };
  } finally {
    await Promise.all([talkers.close(), ringers.close()]);
    await stage.close();
  }
}

async function ring(pairs: readonly (readonly [Device, Device])[]): Promise<readonly Talk[]> {
  const talks: Talk[] = [];
  for (const [caller, callee] of pairs) talks.push({ callId: await caller.call([callee.userId]), caller, callee });
  await delay(500);
  return talks;
}

export const redis: Scenario = {
  story: 'kill -9 of Redis under calls, with and without its data; failover of Sentinel; loss of a Cluster master',
  calls: 20,
  play,
};
