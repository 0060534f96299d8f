/** The processes under a server that is another's child: its media workers. */
import { readdir, readFile } from 'node:fs/promises';
import * as z from 'zod';

/** Media workers of a server, by process id. */
export async function mediaWorkersOf(server: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${server}/task`);
  const children = await Promise.all(
    tasks.map((task) => readFile(`/proc/${server}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  const pids = children.flatMap((line) =>
    line
      .split(' ')
      .filter((pid) => pid !== '')
      .map(Number),
  );
  const named = await Promise.all(
    pids.map(async (pid) => ((await nameOf(pid)).startsWith('mediasoup-work') ? [pid] : [])),
  );
  return named.flat();
}

const nameOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');

/** Whether the process is gone: one that has ended and whose parent has not noticed yet is gone, too. */
export async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name before the state is in brackets and may hold anything.
  return stat === undefined || /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

/** A media worker as its node told of it: it listens on this port since then (milliseconds since the epoch). */
export interface WorkerStart {
  readonly pid: number;
  readonly port: number;
  readonly at: number;
}

const workerRuns = z.object({ time: z.iso.datetime(), pid: z.number(), port: z.number() });

export function workerStartsIn(logs: string): readonly WorkerStart[] {
  return logs.split('\n').flatMap((line) => {
    if (!line.includes('"a media worker runs"')) return [];
    const { time, pid, port } = workerRuns.parse(JSON.parse(line));
    return [{ pid, port, at: Date.parse(time) }];
  });
}
