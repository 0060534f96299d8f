import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * Whatever becomes of this process, by a signal or a failed test, the child goes with it: another process sees the pipe
 * from here end, and kills the child. Neither keeps this process alive.
 */
export function killWithUs(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  const watcher = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  child.unref();
  child.once('exit', () => watcher.kill('SIGKILL'));
}
