/** One run at one rate: begins every call when it is due, whatever became of those before it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Figures } from '../figures/figures.ts';
import { limitOf } from '../figures/limit.ts';
import type { Evidence, Limit } from '../figures/limit.ts';
import type { CallRow, ProcessUse, UseSample } from '../figures/result.ts';
import { CallTally, MediaTally } from '../figures/tally.ts';
import type { Crowd } from '../people/crowd.ts';
import type { PlannedCall } from '../plan/schedule.ts';
import type { Scenario } from '../plan/scenario.ts';
import { makeCall } from './makeCall.ts';
import type { PartTimes } from './makeCall.ts';
import { ProcessWatch, usesOf } from './processWatch.ts';
import type { MachineUse } from './processWatch.ts';

export interface RoundOptions {
  readonly scenario: Scenario;
  readonly calls: readonly PlannedCall[];
  readonly crowd: Pick<Crowd, 'take' | 'giveBack'>;
  /** For how long calls may last until nobody is free. */
  readonly people: Evidence['people'];
  /** Processes of the server on this machine, by name. */
  readonly watched: ReadonlyMap<string, number>;
  /** Then no more calls are begun, those under way are not waited for, and the round rejects. */
  readonly stop: AbortSignal;
  /** From now on calls are due. */
  readonly begun: () => void;
  /** Every second. */
  readonly progress: (progress: Progress) => void;
}
export interface Progress {
  readonly figures: Figures;
  readonly underWay: number;
  /** Until the last call is begun. */
  readonly leftMs: number;
  /** The processes that use most, of the newest look. */
  readonly newest: UseSample | undefined;
}
export interface Round {
  readonly figures: Figures;
  readonly limit: Limit;
  readonly rows: readonly CallRow[];
  readonly use: readonly UseSample[];
  readonly processes: readonly ProcessUse[];
}

const progressEveryMs = 1_000;
/** As exact as the delay of the event loop is known. */
const loopResolutionMs = 5;

export async function playRound(options: RoundOptions): Promise<Round> {
  const { calls, scenario } = options;
  const round = new Running(options);
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  // The first look at all processes takes its time: calls are due from after it.
  const watch = await ProcessWatch.start(options.watched);
  const { beganAt } = watch;
  const cpu = process.cpuUsage();
  loop.enable();
  options.begun();
  const timer = setInterval(() => {
    const leftMs = Math.max(0, scenario.seconds * 1_000 - (performance.now() - beganAt));
    options.progress({ ...round.state, leftMs, newest: watch.samples.at(-1) });
  }, progressEveryMs);
  let machine: MachineUse | null;
  try {
    await round.play(calls, beganAt);
  } finally {
    clearInterval(timer);
    loop.disable();
    machine = await watch.stop();
  }
  const used = process.cpuUsage(cpu);
  const cpuMean = (used.user + used.system) / 1_000 / (performance.now() - beganAt);
  // The histogram counts whole periods of its timer: the delay is what is beyond one.
  const heldUpMs = Math.max(0, loop.percentile(99) / 1e6 - loopResolutionMs);
  const { figures } = round.state;
  const processes = usesOf(watch.samples);
  const limit = limitOf({ ...figures, people: options.people, generator: { cpuMean, heldUpMs }, machine, processes });
  return { figures, limit, rows: round.rows, use: watch.samples, processes };
}

class Running {
  readonly rows: CallRow[] = [];
  readonly #options: RoundOptions;
  readonly #calls = new CallTally();
  readonly #media = new MediaTally();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: RoundOptions) {
    this.#options = options;
  }

  get state(): Pick<Progress, 'figures' | 'underWay'> {
    return { figures: this.#calls.figures(this.#media.figures), underWay: this.#underWay.size };
  }

  async play(calls: readonly PlannedCall[], beganAt: number): Promise<void> {
    for (const call of calls) {
      const dueAt = beganAt + call.dueMs;
      const early = dueAt - performance.now();
      if (early > 0) await delay(early, undefined, { signal: this.#options.stop });
      this.#options.stop.throwIfAborted();
      this.#begin(call, dueAt);
    }
    await Promise.race([Promise.all(this.#underWay), aborted(this.#options.stop)]);
  }

  #begin(planned: PlannedCall, dueAt: number): void {
    const { crowd } = this.#options;
    const lateMs = Math.max(0, performance.now() - dueAt);
    const party = crowd.take();
    if (party === undefined) {
      this.#note(planned, { outcome: 'dropped', lateMs, parts: {} });
      return;
    }
    const parts: PartTimes = {};
    const { course, isWarmUp } = planned;
    const tally = isWarmUp ? undefined : this.#media;
    const made = makeCall({ party, course, dueAt, scenario: this.#options.scenario, tally }, parts)
      .then(
        () => {
          this.#note(planned, { outcome: 'ok', lateMs, parts });
        },
        (error: unknown) => {
          this.#note(planned, {
            outcome: 'failed',
            lateMs,
            parts,
            cause: error instanceof Error ? error.message : String(error),
          });
        },
      )
      .finally(() => {
        crowd.giveBack(party);
        this.#underWay.delete(made);
      });
    this.#underWay.add(made);
  }

  #note({ dueMs, course, isWarmUp }: PlannedCall, came: Omit<CallRow, 'dueMs' | 'course'>): void {
    if (isWarmUp) return;
    const row = { dueMs, course, ...came };
    this.rows.push(row);
    this.#calls.ended(row);
  }
}

function aborted(stop: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => {
      reject(new Error('stopped', { cause: stop.reason }));
    };
    if (stop.aborted) fail();
    else stop.addEventListener('abort', fail, { once: true });
  });
}
