/** Starts the media worker with few rights, and checks that it really has no more (Linux). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface Confinement {
  /** The program that starts the worker: `launchWorker.sh`. */
  readonly launcher: string;
  /** User name or number for the worker when the node runs as root. */
  readonly user: string;
  readonly openFiles: number;
  readonly memoryMib: number;
}

/** Beside this file, and beside the bundle that includes this file. */
export const launcherPath = fileURLToPath(new URL('launchWorker.sh', import.meta.url));

/** For the launcher, which does not pass it on. */
export function launchEnvironment(
  { workerBin, port }: { readonly workerBin: string; readonly port: number },
  confinement: Confinement,
): Readonly<Record<string, string>> {
  return {
    MEDIA_WORKER_BIN: workerBin,
    MEDIA_WORKER_PORT: String(port),
    MEDIA_WORKER_USER: confinement.user,
    MEDIA_WORKER_OPEN_FILES: String(confinement.openFiles),
    MEDIA_WORKER_MEMORY_KIB: String(confinement.memoryMib * 1024),
  };
}

/** Rights of a running worker that it should not have. Empty if there are none, or if the system cannot tell. */
export async function looseEnds(pid: number): Promise<readonly string[]> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => undefined);
  const [status, stat, limits, environment] = await Promise.all(['status', 'stat', 'limits', 'environ'].map(read));
  if (status === undefined || stat === undefined) return [];
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
  // The name in brackets may hold spaces; the 4th field after it is the session.
  const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
  const wrong: Readonly<Record<string, boolean>> = {
    'it can gain privileges (no_new_privs is off)': field('NoNewPrivs') !== '1',
    'it runs as root': field('Uid') === '0',
    'it is in the session of the node': session !== String(pid),
    'its memory has no limit': /^Max data size\s+unlimited/m.test(limits ?? ''),
    'it has the environment of the node': environment !== undefined && !hasOnly(environment, needed),
  };
  return Object.entries(wrong).flatMap(([what, isSo]) => (isSo ? [what] : []));
}

const needed = ['MEDIASOUP_VERSION', 'LD_LIBRARY_PATH'];

function hasOnly(environment: string, names: readonly string[]): boolean {
  return environment.split('\0').every((entry) => entry === '' || names.includes(entry.split('=', 1)[0] ?? ''));
}
