/** The processes under a server that is another's child: its media workers. */
import { readdir, readFile } from 'node:fs/promises';

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
