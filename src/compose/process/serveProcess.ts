/**
 * A program that serves until it must stop: signals, exit codes, and one clear line if it cannot serve. Imports no
 * package, so that even a missing one is reported clearly.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hideSecrets, scrub } from '../../observability/scrub.ts';

export interface Serving {
  stop(): Promise<void>;
}
/** Resolves once it serves. `stopping` is aborted if it must stop before that. */
export type Start = (stopping: AbortSignal) => Promise<Serving>;
/** Cleanup after the program, such as stopping a Redis of its own. */
export type Afterwards = () => Promise<void> | void;

/** A longer stop counts as failed. Three times the default limit of a stop. */
const stopsWithinMs = 30_000;
/** npm forwards the terminal's signal, which we get as well: one Ctrl-C arrives twice. */
const sameSignalWithinMs = 500;

/** Serves until SIGTERM or SIGINT, then stops cleanly and exits with 0. A second signal ends it at once, with 1. */
export async function serveProcess(start: Start, afterwards: Afterwards = () => undefined): Promise<void> {
  process.setSourceMapsEnabled(true);
  writeNoReports();
  const stopping = new AbortController();
  const serving = start(stopping.signal);
  const end = async (code: number): Promise<never> => {
    await afterwards();
    process.exit(code);
  };
  let stoppingSince: number | undefined;
  const stop = (): void => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameSignalWithinMs) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    setTimeout(() => process.exit(1), stopsWithinMs).unref();
    stopping.abort();
    void serving
      .then((server) => server.stop())
      .then(
        () => end(0),
        (error: unknown) => {
          if (wasStopped(error, stopping.signal)) return end(0);
          tell(error);
          return end(1);
        },
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    await serving;
  } catch (error) {
    if (wasStopped(error, stopping.signal)) return;
    tell(error);
    await end(1);
  }
}

/** Whether the module is the program that Node runs, and not imported by another. */
export function isProgram(moduleUrl: string): boolean {
  const [, program] = process.argv;
  return program !== undefined && realpathSync(program) === realpathSync(fileURLToPath(moduleUrl));
}

function wasStopped(error: unknown, stopping: AbortSignal): boolean {
  return stopping.aborted && error instanceof Error && error.name === 'AbortError';
}

/** For faults of the installation or configuration, only the message; for bugs, the stacks too. */
function tell(error: unknown): void {
  process.stderr.write(`${wordsFor(error)}\n`);
}

export function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return 'A value that is not an error was thrown.';
  if (error.name === 'ConfigError' || error.name === 'StoreRefusal') return hideSecrets(error.message);
  const missing = missingPackage(error);
  if (missing !== undefined) {
    return `The package ${missing} is not installed: run "npm run setup" in the folder of Veilcast first.`;
  }
  // Not the error object: drivers attach what they were given as properties, passwords included.
  const causes: string[] = [];
  for (let one: unknown = error; one instanceof Error && causes.length < deepestCause; one = one.cause) {
    causes.push(one.stack ?? one.message);
  }
  return hideSecrets(scrub(causes.join('\ncaused by: ')));
}

const deepestCause = 4;

function missingPackage(error: Error): string | undefined {
  if (!('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1];
}

/**
 * Node's diagnostic reports list the environment and the addresses of all connections, even with
 * `--report-exclude-network`, which only leaves out names.
 */
function writeNoReports(): void {
  const { report } = process;
  const wanted = report.reportOnSignal || report.reportOnFatalError || report.reportOnUncaughtException;
  if (!wanted) return;
  const refuse = (): void => {
    process.stderr.write('Node’s diagnostic reports are off: they would list the addresses of all clients.\n');
  };
  refuse();
  Object.assign(report, { reportOnSignal: false, reportOnFatalError: false, reportOnUncaughtException: false });
  // Without a listener, the signal for a report would now end the process.
  process.on(report.signal, refuse);
}
