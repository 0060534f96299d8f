/** What the command line says. */
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { builtInScenarios } from './plan/builtInScenarios.ts';
import { scenario } from './plan/scenario.ts';
import type { Scenario } from './plan/scenario.ts';

/** Something that the person can mend: its message says what. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}

export const help = `
Load tester of Veilcast: people who call each other, at a rate that the server cannot slow down.

  veilcast-load --url URL [--scenario NAME|FILE] [options]   makes calls and reports
  veilcast-load compare BEFORE AFTER                         two result.json, or lists of them with commas

  --scenario NAME|FILE  ${builtInScenarios.map(({ name }) => name).join(', ')}, or a file; storm if absent
  --rate N              calls begun a second, in place of the scenario's
  --seconds N           how long calls are begun, in place of the scenario's
  --threshold TEXT      in place of the scenario's; may be repeated, such as --threshold "setup.p95 < 300"
  --seed N              when calls are due and how they continue; the same number makes the same plan
  --watch NAME=PID      a process of the server on this machine, with what it starts; may be repeated
  --out FOLDER          where result.json, junit.xml and report.html go
  --print NAME          prints a scenario, to begin an own one with
  --help

  VEILCAST_API_KEY      the server's API key: users are made for the run, and erased after it

The last line of the output is one JSON object. Exit codes: 0 well; 99 a threshold is not met; 98 the generator was the
limit, so that nothing was measured; 2 wrong usage; 1 anything else.
`.trim();

const options = {
  url: { type: 'string' },
  scenario: { type: 'string', default: 'storm' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  threshold: { type: 'string', multiple: true },
  seed: { type: 'string' },
  watch: { type: 'string', multiple: true },
  out: { type: 'string' },
  print: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

export interface RunOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly watched: ReadonlyMap<string, number>;
  readonly out: string | undefined;
}
export type Asked =
  | { readonly what: 'help' }
  | { readonly what: 'print'; readonly name: string }
  | { readonly what: 'compare'; readonly before: readonly string[]; readonly after: readonly string[] }
  | { readonly what: 'run'; readonly options: RunOptions };

const largestSeed = 2 ** 31;
const number = z.coerce.number({ error: 'must be a number' });
const watched = z.string().regex(/^[a-z0-9-]+=\d+$/, 'must be NAME=PID');

export async function asked(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Asked> {
  const { values, positionals } = parsed(args);
  if (values.help) return { what: 'help' };
  if (values.print !== undefined) return { what: 'print', name: values.print };
  const [verb, before, after, ...more] = positionals;
  if (verb === 'compare' && before !== undefined && after !== undefined && more.length === 0) {
    return { what: 'compare', before: before.split(','), after: after.split(',') };
  }
  if (verb !== undefined) throw new UsageProblem(`"${verb}" is not understood. See --help.`);
  const apiKey = environment['VEILCAST_API_KEY'];
  if (values.url === undefined) throw new UsageProblem('Name the server: --url http://127.0.0.1:4400');
  if (apiKey === undefined || apiKey === '')
    throw new UsageProblem('Set VEILCAST_API_KEY to the API key of the server.');
  return {
    what: 'run',
    options: {
      url: loopbackUrl(values.url),
      apiKey,
      scenario: await scenarioOf(values),
      seed:
        values.seed === undefined
          ? Math.floor(Math.random() * largestSeed)
          : valid('--seed', z.coerce.number().int(), values.seed),
      watched: new Map(
        (values.watch ?? []).map((text) => {
          const [name = '', pid = ''] = valid('--watch', watched, text).split('=');
          return [name, Number(pid)];
        }),
      ),
      out: values.out,
    },
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageProblem(`${error instanceof Error ? error.message : String(error)} See --help.`, { cause: error });
  }
}
type Values = ReturnType<typeof parsed>['values'];

async function scenarioOf(values: Values): Promise<Scenario> {
  const named = builtInScenarios.find(({ name }) => name === values.scenario);
  const file: unknown = named ?? (await jsonFrom(values.scenario));
  const from = z.record(z.string(), z.unknown(), { error: 'must be an object' });
  return valid(values.scenario, scenario, {
    ...valid(values.scenario, from, file),
    ...(values.rate === undefined ? {} : { rate: valid('--rate', number, values.rate) }),
    ...(values.seconds === undefined ? {} : { seconds: valid('--seconds', number, values.seconds) }),
    ...(values.threshold === undefined ? {} : { thresholds: values.threshold }),
  });
}

async function jsonFrom(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const names = builtInScenarios.map(({ name }) => name).join(', ');
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageProblem(`"${path}" is neither a scenario (${names}) nor a file of JSON: ${why}`, { cause: error });
  }
}

function valid<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data;
  const issues = error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter((part) => part !== '').join(' '),
  );
  throw new UsageProblem(`${name}: ${issues.join('; ')}`);
}

/** Load on somebody else's server is an attack: only this machine's own. */
function loopbackUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageProblem(`--url: "${text}" is no address of a server, such as http://127.0.0.1:4400.`);
  }
  if (!isLoopback(url.hostname)) {
    throw new UsageProblem(`--url: ${url.hostname} is not loopback. Load goes to this machine alone.`);
  }
  return url.origin;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Packets to an address of this machine do not leave it, whichever of them a server announces. */
export function isOwnAddress(address: string): boolean {
  if (isLoopback(address)) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address) === true);
}
