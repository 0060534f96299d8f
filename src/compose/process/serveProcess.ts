/**
 * A program that serves until it is told to stop: signals, exit codes, and one clear line for what keeps it from serving.
 * Imports no package, so that a missing one can be told in words too.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hideSecrets, scrub } from '../../observability/scrub.ts';

export interface Serving {
  stop(): Promise<void>;
}
/** Resolves once it serves. Is told when it is to stop before it does. */
export type Start = (stopping: AbortSignal) => Promise<Serving>;
/** What is to be stopped after the program, such as a Redis of its own. */
export type Afterwards = () => Promise<void> | void;

/** A stop that takes longer has failed. Three times the longest wait of a stop by default. */
const stopsWithinMs = 30_000;
/** npm passes on what the terminal has sent to us already: one Ctrl-C arrives twice. */
const sameSignalWithinMs = 500;

/** Serves until SIGTERM or SIGINT, then stops well and exits with 0. A second signal ends it at once, with 1. */
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

/** Whether the module is the program that Node was told to run, and not a part of another. */
export function isProgram(moduleUrl: string): boolean {
  const [, program] = process.argv;
  return program !== undefined && realpathSync(program) === realpathSync(fileURLToPath(moduleUrl));
}

function wasStopped(error: unknown, stopping: AbortSignal): boolean {
  return stopping.aborted && error instanceof Error && error.name === 'AbortError';
}

/** A fault of the installation or the configuration is for people to read; a bug is for those who mend it. */
function tell(error: unknown): void {
  process.stderr.write(`${wordsFor(error)}\n`);
}

export function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return 'Something that is no error was thrown.';
  if (error.name === 'ConfigError' || error.name === 'StoreRefusal') return hideSecrets(error.message);
  const missing = missingPackage(error);
  if (missing !== undefined) {
    return `The package ${missing} is not installed: run "npm run setup" in the folder of Veilcast first.`;
  }
  // Not the error as an object: drivers hang what they were given on it as properties, passwords included.
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
 * A diagnostic report of Node lists the addresses of all connections, also where it is told to leave the network out
 * (`--report-exclude-network` leaves out names alone), and the environment.
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
  // Else the signal that asks for one would end the process now.
  process.on(report.signal, refuse);
}
