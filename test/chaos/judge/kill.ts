/** Whether a kill hit the media worker that had the sessions: it is gone, and they are on others. */
import type { WorkerStart } from '../stage/processes.ts';
import type { Violation } from './evidence.ts';

/** Where one session's media goes, as the device itself was told. */
export interface Place {
  readonly device: string;
  readonly port: number | undefined;
  readonly since: number;
}
export interface Kill {
  readonly pid: number;
  readonly isGone: boolean;
  readonly starts: readonly WorkerStart[];
  /** The sessions before the kill and after it. */
  readonly before: readonly Place[];
  readonly after: readonly Place[];
}

/** The newest worker on its port when the session was made. */
export function workerOf({ port, since }: Place, starts: readonly WorkerStart[]): number | undefined {
  const earlier = starts.filter((start) => start.port === port && start.at <= since);
  return earlier.toSorted((one, other) => other.at - one.at)[0]?.pid;
}

export function missedKill({ pid, isGone, starts, before, after }: Kill): readonly Violation[] {
  const told = (what: string): Violation => ({ rule: 'kill missed', what });
  const devices = new Set(before.map(({ device }) => device));
  return [
    ...(isGone ? [] : [told(`media worker ${pid} still runs`)]),
    ...(devices.size === 0 ? [told('there was no session to take away')] : []),
    ...before
      .filter((place) => workerOf(place, starts) !== pid)
      .map(({ device }) => told(`${device} was on another media worker`)),
    ...[...devices]
      .filter((device) => !after.some((place) => place.device === device && isElsewhere(place)))
      .map((device) => told(`${device} is not on another media worker`)),
  ];

  function isElsewhere(place: Place): boolean {
    const worker = workerOf(place, starts);
    return worker !== undefined && worker !== pid;
  }
}
