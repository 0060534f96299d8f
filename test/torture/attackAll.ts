/** Which attack comes when: most all the time, each with dice of its own; the store and the clocks at set times. */
import { setTimeout as delay } from 'node:timers/promises';
import { Dice } from '../../src/load/plan/dice.ts';
import { guess } from './attacks/badCredentials.ts';
import { callBriefly } from './attacks/briefCalls.ts';
import type { Happened } from './attacks/briefCalls.ts';
import { cuts } from './attacks/cuts.ts';
import { floodMediaPorts, floodMessages, floodUpgrades } from './attacks/floods.ts';
import { halfOpens } from './attacks/halfOpens.ts';
import { herds } from './attacks/herds.ts';
import { makeEvents, readLists } from './attacks/lists.ts';
import { refuseWrites } from './attacks/refusingStore.ts';
import { ringOut, skewSeconds, startSkewed } from './attacks/skewedClock.ts';
import { readSlowly } from './attacks/slowReaders.ts';
import type { People } from './people.ts';
import { leastTried } from './judge/outcome.ts';
import { isOver, once, pause, ringMs } from './torment.ts';
import type { Torment } from './torment.ts';

export interface Attacked {
  readonly happened: readonly Happened[];
}

/** Shares of the time at which the store takes no writes. */
const refusals = [
  { at: 0.42, why: 'full' },
  { at: 0.8, why: 'read-only' },
] as const;
const betweenMs = 1_500;

export interface Choice {
  readonly seed: number;
  readonly without: readonly string[];
}

export async function attackAll(shared: Torment, people: People, { seed, without }: Choice): Promise<Attacked> {
  let number = 0;
  const own = (): Torment => {
    number += 1;
    return { ...shared, dice: new Dice(seed * 1_000 + number) };
  };
  const happened: Happened[] = [];
  const each = Math.ceil((leastTried.herds * Math.min(1, shared.scale) + 2) / people.herds.length);
  // Each has its dice, also when another is left out.
  const lanes: readonly (readonly [string, Torment, (torment: Torment) => Promise<void>])[] = [
    ['cuts', own(), cuts],
    ['half-opens', own(), halfOpens],
    ...people.herds.map((herd) => {
      const wanted = Math.max(each, Math.ceil(6 * shared.scale));
      return ['herds', own(), (torment: Torment) => herds(torment, herd, wanted)] as const;
    }),
    ['in-turn', own(), (torment) => inTurn(torment, people)],
    ['brief-calls', own(), (torment) => brief(torment, people, happened)],
    ['store', own(), refusing],
    ['clocks', own(), (torment) => skewed(torment, people)],
  ];
  const unknown = without.filter((name) => !lanes.some(([lane]) => lane === name));
  if (unknown.length > 0) throw new Error(`there is no attack ${unknown.join(', ')}`);
  const chosen = lanes.filter(([name]) => !without.includes(name));
  await Promise.all(chosen.map(([, torment, attack]) => attack(torment)));
  // Attacks that end early leave the others their time.
  await pause(shared, shared.until - Date.now());
  return { happened };
}

async function brief(torment: Torment, people: People, happened: Happened[]): Promise<void> {
  const refused = await callBriefly(torment, people.brief, happened);
  torment.tell(`${happened.length} times something happened in brief calls`);
  for (const [why, count] of refused) torment.tell(`${count} times, ${why}`);
}

/** One after another, in an order that the seed gives. */
async function inTurn(torment: Torment, people: People): Promise<void> {
  const { dice } = torment;
  const [caller] = people.eventful;
  const [, callee] = people.eventful;
  let eventful: string | undefined;
  const attacks: Readonly<Record<string, () => Promise<void>>> = {
    'bad credentials': () => guess(torment),
    lists: () => readLists(torment),
    messages: () => floodMessages(torment, dice.oneOf(people.flooders)),
    upgrades: () => floodUpgrades(torment),
    'media ports': () => floodMediaPorts(torment),
    'slow readers': () => readSlowly(torment, dice.oneOf(people.flooders)),
    events: async () => {
      if (eventful === undefined || !caller.lines.has(eventful)) eventful = await caller.call([callee.userId]);
      await makeEvents(torment, caller, eventful);
    },
  };
  for (let pass = 1; pass === 1 || !isOver(torment); pass += 1) {
    const order = Object.keys(attacks)
      .map((name) => ({ name, at: dice.throw() }))
      .toSorted((one, other) => one.at - other.at);
    for (const { name } of order) {
      // Each comes once, however short the run.
      if (pass > 1 && isOver(torment)) break;
      await once(torment, name, async () => attacks[name]?.());
      await pause(torment, betweenMs);
    }
  }
  if (eventful !== undefined) await caller.leave(eventful).catch(() => undefined);
}

async function refusing(torment: Torment): Promise<void> {
  const began = Date.now();
  const wholeMs = torment.until - began;
  for (const { at, why } of refusals) {
    await pause(torment, began + at * wholeMs - Date.now());
    await once(torment, `a store that is ${why}`, async () => {
      torment.windows.push(await refuseWrites(torment, why));
    });
  }
}

/** The first half with clocks ahead, the second with clocks behind; each with one ring that nobody answers. */
async function skewed(torment: Torment, people: People): Promise<void> {
  const halfMs = (torment.until - Date.now()) / 2;
  if (halfMs < ringMs) {
    torment.tell('no clock is skewed: the run is shorter than two rings');
    return;
  }
  for (const seconds of [skewSeconds, -skewSeconds]) {
    const until = Date.now() + halfMs;
    const starting = startSkewed(torment.stage, seconds);
    if (starting === undefined) {
      torment.tell('no clock is skewed: libfaketime (Debian package faketime) is not installed');
      return;
    }
    await once(torment, `a clock ${seconds} s off`, async () => {
      const process = await starting;
      torment.tell(`lifecycle workers run with a clock ${seconds} s off`);
      try {
        const [caller, callee] = people.ringers;
        await ringOut(torment, { caller, callee, ringMs });
        await delay(Math.max(0, until - Date.now()));
      } finally {
        // What they had sent they note before they end: nothing comes twice.
        await process.stop();
      }
    });
  }
}
