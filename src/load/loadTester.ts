/** The program: runs a scenario and reports, or compares two results. */
import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, enoughRuns, incomparable } from './figures/comparison.ts';
import { result } from './figures/result.ts';
import type { LoadResult } from './figures/result.ts';
import { asked, help, UsageProblem } from './options.ts';
import type { RunOptions } from './options.ts';
import { BackendRefusal } from './people/appBackend.ts';
import { builtInScenarios } from './plan/builtInScenarios.ts';
import { comparisonText } from './report/comparisonText.ts';
import { junitXml } from './report/junitXml.ts';
import { lastLine } from './report/lastLine.ts';
import { Live } from './report/live.ts';
import { reportPage } from './report/reportPage.ts';
import { runScenario } from './run/runScenario.ts';

/** As k6 has it, so that what watches one can watch the other. */
const exitCodes = { well: 0, failed: 1, usage: 2, generatorLimited: 98, thresholds: 99 } as const;

/** Answers the exit code. */
export async function loadTester(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  try {
    const wanted = await asked(args, environment);
    switch (wanted.what) {
      case 'help':
        print(help);
        return exitCodes.well;
      case 'print':
        print(JSON.stringify(builtIn(wanted.name), null, 2));
        return exitCodes.well;
      case 'compare':
        return await compareResults(wanted.before, wanted.after);
      case 'run':
        return await run(wanted.options, args);
    }
  } catch (error) {
    if (error instanceof UsageProblem) {
      process.stderr.write(`${error.message}\n`);
      return exitCodes.usage;
    }
    process.stderr.write(`${error instanceof BackendRefusal ? error.message : stackOf(error)}\n`);
    return exitCodes.failed;
  }
}

async function run(options: RunOptions, args: readonly string[]): Promise<number> {
  // Made first: a run of an hour must not end with a folder that cannot be written.
  const startedAt = new Date().toISOString();
  const folder = options.out ?? join('load-results', `${options.scenario.name}-${startedAt.replace(/[:.]/g, '-')}`);
  await makeFolder(folder);
  const live = new Live(process.stderr);
  const stop = stopSignal();
  let made: LoadResult;
  try {
    made = await runScenario({ options, args, startedAt, listener: live, stop });
  } catch (error) {
    if (!stop.aborted) throw error;
    live.trouble('Stopped before its end: there is no result.');
    return exitCodes.failed;
  }
  await writeFile(join(folder, 'result.json'), JSON.stringify(made));
  await writeFile(join(folder, 'junit.xml'), junitXml(made));
  await writeFile(join(folder, 'report.html'), reportPage(made));
  live.ended(made, folder);
  print(JSON.stringify(lastLine(made)));
  if (!made.isMeasurement) return exitCodes.generatorLimited;
  return made.thresholds.every(({ met }) => met) ? exitCodes.well : exitCodes.thresholds;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageProblem(`The results cannot be written to ${folder}: ${why}`, { cause: error });
  }
}

/** Aborted by the first signal; a second one ends the program as it would any other. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const abort = () => {
    for (const name of signals) process.off(name, abort);
    stop.abort();
  };
  for (const name of signals) process.on(name, abort);
  return stop.signal;
}

async function compareResults(before: readonly string[], after: readonly string[]): Promise<number> {
  const [one, other] = [await Promise.all(before.map(resultFrom)), await Promise.all(after.map(resultFrom))];
  const why = incomparable(one, other);
  if (why !== undefined) throw new UsageProblem(why);
  const compared = compare(one, other);
  process.stderr.write(comparisonText(compared, { runs: Math.min(one.length, other.length), enoughRuns }));
  print(JSON.stringify({ compared }));
  return exitCodes.well;
}

async function resultFrom(path: string): Promise<LoadResult> {
  try {
    return result.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new UsageProblem(
      `${path} is no result of a load: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

function builtIn(name: string): unknown {
  const found = builtInScenarios.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new UsageProblem(`There is no scenario ${name}: ${builtInScenarios.map((one) => one.name).join(', ')}.`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
