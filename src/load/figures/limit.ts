/** What limited a run, in one sentence, from what was seen; "unknown" rather than a guess. */
import type { ProcessUse } from './result.ts';

export interface Evidence {
  readonly attempted: number;
  readonly late: number;
  readonly dropped: number;
  /** The people that were made are enough for calls that last so long, unless that would have been too many people. */
  readonly people: { readonly enoughForMs: number; readonly areTooFew: boolean };
  readonly failures: Readonly<Record<string, number>>;
  /** Of this process: share of a core, and how long its event loop was held up (99th percentile). */
  readonly generator: { readonly cpuMean: number; readonly heldUpMs: number };
  /** Of the machine: share of all cores that were busy, and that were taken by others on the same host; null where not known. */
  readonly machine: { readonly busy: number; readonly stolen: number } | null;
  /** Processes of the server that are watched. */
  readonly processes: readonly ProcessUse[];
}
export interface Limit {
  readonly sentence: string;
  /** Then the run is no measurement of the server. */
  readonly isGenerator: boolean;
}

/** Of all calls that were due: more that began late or not at all, and what was asked of the server is not what was planned. */
const mostMissed = 0.01;
const fullCore = 0.85;
const fullMachine = 0.95;
const heldUpTooLongMs = 20;
const stolenTooMuch = 0.02;

export function limitOf(evidence: Evidence): Limit {
  const { late, people } = evidence;
  const own = people.areTooFew ? missed(evidence) : late;
  if (isTooMany(own, evidence)) {
    const words = `${late} of ${evidence.attempted} calls began late and ${evidence.dropped} not at all`;
    return { sentence: `the generator: ${words}; ${stateOf(evidence)}`, isGenerator: true };
  }
  const outside = outsideOf(evidence);
  if (outside === undefined && evidence.generator.cpuMean > fullCore) {
    return { sentence: `the generator: ${stateOf(evidence)}`, isGenerator: true };
  }
  return {
    sentence: reachesRate(evidence) ? (outside ?? otherwise(evidence)) : tooSlow(evidence),
    isGenerator: false,
  };
}

/** Whether nearly all calls began when they were due. */
export function reachesRate(counts: Pick<Evidence, 'attempted' | 'late' | 'dropped'>): boolean {
  return !isTooMany(missed(counts), counts);
}

function missed({ late, dropped }: Pick<Evidence, 'late' | 'dropped'>): number {
  return late + dropped;
}

function isTooMany(count: number, { attempted }: Pick<Evidence, 'attempted'>): boolean {
  return attempted > 0 && count / attempted > mostMissed;
}

/** There were people for calls of that length, and they were still in calls. */
function tooSlow({ attempted, dropped, people }: Evidence): string {
  const seconds = Math.round(people.enoughForMs / 100) / 10;
  return `the server: calls lasted longer than ${seconds} s, so that nobody was free for ${dropped} of ${attempted}`;
}

/** Outside of the generator: also when it was full as well, the server was at its limit. */
function outsideOf({ machine, processes, failures }: Evidence): string | undefined {
  const full = [...processes]
    .sort((one, other) => other.cpuMean - one.cpuMean)
    .find(({ cpuMean }) => cpuMean > fullCore);
  if (full !== undefined) return `${full.name}: it used ${percent(full.cpuMean)} of a core`;
  const refused = refusals(failures);
  if (refused !== undefined) return refused;
  if (machine !== null && machine.stolen > stolenTooMuch) {
    return `the machine: ${percent(machine.stolen)} of its time went to others on the same host`;
  }
  return undefined;
}

function otherwise(evidence: Evidence): string {
  const { machine, processes, generator } = evidence;
  if (machine !== null && machine.busy > fullMachine) {
    return `the machine: its cores were busy for ${percent(machine.busy)} of the time`;
  }
  if (generator.heldUpMs > heldUpTooLongMs) return `perhaps the generator: ${stateOf(evidence)}`;
  if (processes.length === 0) return 'unknown: no process of the server is watched (--watch NAME=PID)';
  return 'nothing that was watched was full';
}

function stateOf({ generator, machine }: Evidence): string {
  const own = `it used ${percent(generator.cpuMean)} of a core and its event loop was held up for ${Math.round(generator.heldUpMs)} ms (p99)`;
  return machine === null ? own : `${own}, with the cores of the machine busy for ${percent(machine.busy)} of the time`;
}

/** Codes with which a server says that it takes no more. */
const admissionCodes = ['overloaded', 'too_many', 'draining'];

function refusals(failures: Evidence['failures']): string | undefined {
  const refused = Object.entries(failures).filter(([cause]) => admissionCodes.some((code) => cause.includes(code)));
  if (refused.length === 0) return undefined;
  return `a limit of the server itself: ${refused.map(([cause, count]) => `${count} × ${cause}`).join(', ')}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
