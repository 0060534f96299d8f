/** What one more call and one more participant cost Redis, beside how many. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../support/waitFor.ts';
import { hooksMissing } from '../judge/hooks.ts';
import { percentilesOf } from '../judge/silence.ts';
import { between, countsOf, total } from '../stage/commands.ts';
import type { Counts } from '../stage/commands.ts';
import { Crowd } from '../stage/crowd.ts';
import { look } from '../stage/look.ts';
import type { Stage } from '../stage/stage.ts';
import { Stage as Play } from '../stage/stage.ts';
import { Signaller } from '../clients/signaller.ts';
import type { Violation } from '../judge/evidence.ts';
import type { Outcome, Scenario, ScenarioOptions } from './scenario.ts';

const callSizes = [10, 100, 1_000] as const;
/** How many of a thing are counted at each size. */
const sample = 10;
/** The largest call there can be has 100. */
const groupSizes = [2, 10, 50, 100 - sample] as const;
/** What nodes do every so often is in each window equally often: it is a multiple of that. */
const windowMs = 10_000;
const calmWithinMs = 60_000;
const together = 10;
/** Beyond it, from the smallest to the largest, something grows. */
const growthLimit = 1.25;

interface Cost {
  readonly size: number;
  /** Commands of one more, less what Redis does anyway meanwhile. */
  readonly commands: number;
  readonly idlePerSecond: number;
  readonly most: string;
}

async function play({ run, calls, tell }: ScenarioOptions): Promise<Outcome> {
  const stage = await Play.set({ run, nodes: 1, environment: { VEILCAST_RECONNECT_GRACE_MS: '600000' } });
  const crowd = new Crowd(stage);
  const people = new People(stage, crowd);
  try {
    // First, so that no crowd of calls makes the machine slow to answer.
    const perJoin: Cost[] = [];
    for (const size of groupSizes) {
      await people.haveGroup(size);
      perJoin.push(await costOf(stage, size, () => people.joinGroup(sample)));
      tell(`join ${JSON.stringify(perJoin.at(-1))}`);
    }
    const sizes = callSizes.filter((size) => size <= calls);
    const perCall: Cost[] = [];
    for (const size of sizes) {
      await people.haveCalls(size - sample);
      perCall.push(await costOf(stage, size, () => people.makeCalls(sample)));
      tell(`call set-up ${JSON.stringify(perCall.at(-1))}`);
    }
    const violations = [...grows('a call set-up', perCall), ...grows('a join', perJoin)];
    return {
      calls: Math.max(0, ...sizes),
      lost: 0,
      duplicates: 0,
      mediaBackMs: percentilesOf([]),
      violations,
      perCall,
      perJoin,
    };
  } finally {
    await people.close();
    await stage.close();
  }
}

async function costOf(stage: Stage, size: number, act: () => Promise<void>): Promise<Cost> {
  await untilCalm(stage);
  const idle = await countedIn(stage, () => Promise.resolve());
  const done = await countedIn(stage, act);
  const commands = (total(done.counts) - (total(idle.counts) * done.windows) / idle.windows) / sample;
  const idlePerSecond = (total(idle.counts) * 1000) / (windowMs * idle.windows);
  return {
    size,
    commands: round(commands),
    idlePerSecond: round(idlePerSecond),
    most: mostOf(between(idle.counts, done.counts)),
  };
}

/** What Redis did until the end of the window in which the act ended. */
async function countedIn(stage: Stage, act: () => Promise<void>): Promise<{ counts: Counts; windows: number }> {
  const before = await countsOf(stage.store);
  const began = performance.now();
  await act();
  const windows = Math.ceil((performance.now() - began + 1) / windowMs);
  await delay(windows * windowMs - (performance.now() - began));
  return { counts: between(before, await countsOf(stage.store)), windows };
}

/** The backend has been told everything that has happened. */
async function untilCalm(stage: Stage): Promise<void> {
  const told = async () => {
    const { hooks, truth } = await look(stage);
    return hooksMissing(hooks, truth).length === 0;
  };
  await waitFor('all webhooks of what was done', told, { withinMs: calmWithinMs, everyMs: 1_000 });
}

function mostOf(counts: Counts): string {
  const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, 12);
  return most.map(([name, count]) => `${name} ${round(count / sample)}`).join(', ');
}

const round = (value: number): number => Math.round(value * 10) / 10;

function grows(what: string, costs: readonly Cost[]): readonly Violation[] {
  const [first, last] = [costs[0], costs.at(-1)];
  if (first === undefined || last === undefined || last.commands <= first.commands * growthLimit) return [];
  const from = `${first.commands} commands at ${first.size}`;
  return [{ rule: 'grown', what: `${what}: from ${from} to ${last.commands} at ${last.size}` }];
}

/** Who makes the calls, without media: Redis has no part in that. */
class People {
  readonly #stage: Stage;
  readonly #crowd: Crowd;
  readonly #signallers: Signaller[] = [];
  #used = 0;
  #calls = 0;
  #group: { readonly callId: string; readonly host: Signaller; size: number } | undefined;

  constructor(stage: Stage, crowd: Crowd) {
    this.#stage = stage;
    this.#crowd = crowd;
  }

  async haveCalls(count: number): Promise<void> {
    await this.#have(2 * (Math.max(0, count - this.#calls) + sample));
    while (this.#calls < count) await this.makeCalls(Math.min(together, count - this.#calls));
  }

  async makeCalls(count: number): Promise<void> {
    const pairs = Array.from({ length: count }, () => [this.#next(), this.#next()] as const);
    await Promise.all(
      pairs.map(async ([caller, callee]) => {
        const { callId, ticket } = await caller.call([callee.userId]);
        await caller.join(ticket);
        await callee.join(await callee.ticketFor(callId));
        await callee.answer(callId);
      }),
    );
    this.#calls += count;
  }

  async haveGroup(size: number): Promise<void> {
    await this.#have(size + sample);
    if (this.#group === undefined) {
      const [host, guest] = [this.#next(), this.#next()];
      const { callId, ticket } = await host.call([guest.userId]);
      await host.join(ticket);
      await guest.answer(callId);
      await guest.join(await guest.ticketFor(callId));
      this.#group = { callId, host, size: 2 };
    }
    const free = this.#signallers.slice(this.#used).map(({ userId }) => userId);
    await this.#crowd.befriend(this.#group.host.userId, free);
    while (this.#group.size < size) await this.joinGroup(1);
  }

  async joinGroup(count: number): Promise<void> {
    for (let one = 0; one < count; one += 1) {
      const [group, guest] = [this.#group, this.#next()];
      if (group === undefined) throw new Error('there is no group');
      await group.host.invite(group.callId, guest.userId);
      await guest.answer(group.callId);
      await guest.join(await guest.ticketFor(group.callId));
      group.size += 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#signallers.map((one) => one.close()));
  }

  #next(): Signaller {
    const next = this.#signallers[this.#used];
    if (next === undefined) throw new Error('nobody is free');
    this.#used += 1;
    return next;
  }

  /** So many who are in no call yet. */
  async #have(free: number): Promise<void> {
    const missing = free - (this.#signallers.length - this.#used);
    if (missing <= 0) return;
    const known = this.#crowd.userIds.length;
    await this.#crowd.know(missing + (missing % 2));
    const fresh = this.#crowd.userIds.slice(known);
    for (let at = 0; at < fresh.length; at += together) {
      const some = fresh.slice(at, at + together).map((userId) =>
        Signaller.connect({
          userId,
          token: this.#crowd.tokenOf(userId),
          localAddress: this.#stage.clientAddress,
          url: this.#stage.urls[0] ?? '',
        }),
      );
      this.#signallers.push(...(await Promise.all(some)));
    }
  }
}

export const growth: Scenario = {
  story: 'Redis commands of a call set-up beside 10 to 1,000 calls, and of a join beside 2 to 200 participants',
  calls: 1_000,
  play,
};
