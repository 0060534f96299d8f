/** A whole run: people are made, calls played, at one rate or at many until it breaks, and people erased again. */
import { availableParallelism, release, type } from 'node:os';
import { reachesRate } from '../figures/limit.ts';
import { judge } from '../figures/thresholds.ts';
import { resultVersion } from '../figures/result.ts';
import type { LoadResult } from '../figures/result.ts';
import { Identity } from '../media/openssl.ts';
import { isOwnAddress } from '../options.ts';
import type { RunOptions } from '../options.ts';
import { AppBackend } from '../people/appBackend.ts';
import { Crowd } from '../people/crowd.ts';
import { mostAtOnce } from '../plan/mostAtOnce.ts';
import { highestSustained } from '../plan/ramp.ts';
import type { Sustained } from '../plan/ramp.ts';
import { schedule } from '../plan/schedule.ts';
import type { Scenario } from '../plan/scenario.ts';
import { playRound } from './round.ts';
import type { Progress, Round } from './round.ts';

export interface RunListener {
  preparing(parties: number, of: number): void;
  round(rate: number): void;
  progress(progress: Progress): void;
  /** Something went wrong that takes nothing from the result. */
  trouble(words: string): void;
}

/** Each has a socket for every device and is made one by one: more would take longer to make than to use. */
const mostParties = 2_000;

export interface RunRequest {
  readonly options: RunOptions;
  readonly args: readonly string[];
  readonly startedAt: string;
  readonly listener: RunListener;
  /** Then the run rejects, once its users are erased. */
  readonly stop: AbortSignal;
}

export async function runScenario({ options, args, startedAt, listener, stop }: RunRequest): Promise<LoadResult> {
  const { scenario, url, apiKey } = options;
  const crowd = new Crowd({
    url,
    backend: new AppBackend({ url, apiKey }),
    identity: new Identity(),
    mayReach: isOwnAddress,
    people: scenario.people,
    devices: scenario.devices,
  });
  try {
    const { round, sustained } = await playAll({ options, crowd, listener, stop });
    return resultOf({ options, args, startedAt, round, sustained });
  } finally {
    await crowd.end().catch((error: unknown) => {
      listener.trouble(`Users of the run are left: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

interface Played {
  readonly round: Round;
  readonly sustained: Sustained | undefined;
}

type Playing = Pick<RunRequest, 'options' | 'listener' | 'stop'> & { readonly crowd: Crowd };

async function playAll(playing: Playing): Promise<Played> {
  const { scenario } = playing.options;
  const { ramp } = scenario;
  if (ramp === undefined) return { round: await play(playing, scenario.rate), sustained: undefined };
  const held: Round[] = [];
  const broken: Round[] = [];
  const sustained = await highestSustained({
    from: scenario.rate,
    ...ramp,
    holds: async (rate) => {
      const round = await play(playing, rate);
      const isHeld = !round.limit.isGenerator && reachesRate(round.figures) && meetsAll(scenario, round);
      (isHeld ? held : broken).push(round);
      return isHeld;
    },
  });
  // What is reported is the last rate that held; when none did, why.
  const round = held.at(-1) ?? broken.at(-1);
  if (round === undefined) throw new Error('a ramp played nothing');
  return { round: { ...round, limit: broken.at(-1)?.limit ?? round.limit }, sustained };
}

async function play({ options, crowd, listener, stop }: Playing, rate: number): Promise<Round> {
  const { seed, watched } = options;
  const scenario = { ...options.scenario, rate };
  const calls = schedule(scenario, seed);
  const longestMs = scenario.ringMs + scenario.talkMs + scenario.giveUpMs;
  const wanted = mostAtOnce(calls, longestMs);
  const parties = Math.min(mostParties, wanted);
  const grown = (there: number) => {
    listener.preparing(there, parties);
  };
  await crowd.grow(parties, grown, stop);
  return playRound({
    scenario,
    calls,
    crowd,
    people: { enoughForMs: longestMs, areTooFew: wanted > mostParties },
    watched,
    stop,
    begun: () => {
      listener.round(rate);
    },
    progress: (progress) => {
      listener.progress(progress);
    },
  });
}

function meetsAll({ thresholds }: Scenario, { figures }: Round): boolean {
  return thresholds.every((text) => judge(text, figures).met);
}

interface Made extends Played {
  readonly options: RunOptions;
  readonly args: readonly string[];
  readonly startedAt: string;
}

function resultOf({ options, args, startedAt, round, sustained }: Made): LoadResult {
  const { scenario, seed } = options;
  const { figures, limit, rows, use, processes } = round;
  return {
    version: resultVersion,
    scenario,
    seed,
    startedAt,
    command: [...args, ...(args.includes('--seed') ? [] : ['--seed', String(seed)])],
    machine: { node: process.version, system: `${type()} ${release()}`, cores: availableParallelism() },
    ...figures,
    processes: [...processes],
    limit: limit.sentence,
    isMeasurement: !limit.isGenerator,
    thresholds: scenario.thresholds.map((text) => judge(text, figures)),
    ...(sustained === undefined
      ? {}
      : { sustained: { rate: sustained.rate ?? null, brokeAt: sustained.brokeAt ?? null } }),
    calls: [...rows],
    use: [...use],
  };
}
