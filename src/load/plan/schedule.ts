/** All attempts of a run, drawn from a seed before it begins: how the server fares changes nothing about when they are due. */
import { Dice } from './dice.ts';
import { courses } from './scenario.ts';
import type { Course, Scenario } from './scenario.ts';

export interface PlannedCall {
  readonly index: number;
  /** After the beginning of the run. */
  readonly dueMs: number;
  readonly course: Course;
  /** Begun in the warm-up: made, and not counted. */
  readonly isWarmUp: boolean;
}
type Drawn = Pick<Scenario, 'rate' | 'seconds' | 'warmUpSeconds' | 'arrivals' | 'courses'>;

export function schedule(scenario: Drawn, seed: number): readonly PlannedCall[] {
  // One source for each question, so that another mix of courses does not change when calls are due.
  const [times, turns] = [new Dice(seed), new Dice(seed ^ 0x5bd1e995)];
  const { rate, seconds, warmUpSeconds, arrivals } = scenario;
  const calls: PlannedCall[] = [];
  let dueMs = 0;
  for (;;) {
    // Times between random arrivals are exponential; 1 - u is never 0.
    dueMs += (1_000 / rate) * (arrivals === 'even' ? 1 : -Math.log(1 - times.throw()));
    if (dueMs >= seconds * 1_000) return calls;
    const course = courseOf(scenario.courses, turns.throw());
    calls.push({ index: calls.length, dueMs, course, isWarmUp: dueMs < warmUpSeconds * 1_000 });
  }
}

/** `point`: from 0 up to but not 1. */
function courseOf(parts: Scenario['courses'], point: number): Course {
  const whole = courses.reduce((sum, course) => sum + (parts[course] ?? 0), 0);
  let left = point * whole;
  for (const course of courses) {
    left -= parts[course] ?? 0;
    if (left < 0) return course;
  }
  // Rounding has left a crumb at the end.
  return courses.findLast((course) => (parts[course] ?? 0) > 0) ?? 'answered';
}
