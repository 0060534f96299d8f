/** A built program as somebody starts it who knows nothing of set-up: nothing but what is given is in its environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { killWithUs } from './killWithUs.ts';

export interface Program {
  /** Everything it has written, to both streams. */
  readonly output: () => string;
  readonly pid: number;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly signal: (name: NodeJS.Signals) => void;
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Leads a process group of its own, to which signals can be sent. */
  readonly ownGroup?: boolean;
}

export function startProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const { environment = {}, cwd, ownGroup = false } = options;
  const { PATH, HOME, TMPDIR } = process.env;
  const kept = Object.entries({ PATH, HOME, TMPDIR }).filter(([, value]) => value !== undefined);
  const child = spawn(process.execPath, args, {
    env: { ...Object.fromEntries(kept), ...environment },
    ...(cwd === undefined ? {} : { cwd }),
    detached: ownGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killWithUs(child);
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => written.push(text));
  }
  return {
    output: () => written.join(''),
    pid: child.pid ?? 0,
    // Its streams have ended as well: all that it wrote has come.
    ended: once(child, 'close').then(() => child.exitCode ?? child.signalCode ?? 'SIGKILL'),
    signal: (name) => {
      child.kill(name);
    },
  };
}
