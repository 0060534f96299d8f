/** What every scenario is told, and what comes of it. */
import type { Violation } from '../judge/evidence.ts';
import type { Percentiles } from '../judge/silence.ts';

export interface ScenarioOptions {
  readonly run: number;
  readonly calls: number;
  /** In one call, where it has many. */
  readonly participants: number;
  readonly seed: number;
  readonly minutes: number;
  /** What kinds of it, where it has several. */
  readonly only: readonly string[];
  readonly tell: (line: string) => void;
}
export interface Outcome {
  readonly calls: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly mediaBackMs: Percentiles;
  readonly violations: readonly Violation[];
  readonly [figure: string]: unknown;
}
export interface Scenario {
  readonly story: string;
  /** How many calls unless it is told. */
  readonly calls: number;
  readonly play: (options: ScenarioOptions) => Promise<Outcome>;
}
