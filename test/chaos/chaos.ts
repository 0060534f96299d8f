/**
 * Kills what calls live on, and counts what they lose.
 *
 *   npm run chaos -- worker|node|drain|redis|random|fanout|growth|herd [--calls N] [--participants N] [--seed N]
 *                    [--minutes N] [--only a,b]
 *
 * Needs root on Linux: every process is on a machine of its own, a network namespace. Progress goes to standard error;
 * the last line of standard output is one JSON object.
 */
import { parseArgs } from 'node:util';
import { receiversRole } from '../support/light/audience.ts';
import { receiveForParent } from '../support/light/receivers.ts';
import { cleanUpParticipants } from '../support/participant.ts';
import { runInNetworks, startTelling } from './stage/runInNetworks.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { draining, node } from './scenarios/node.ts';
import { random } from './scenarios/random.ts';
import { redis } from './scenarios/redis.ts';
import { fanout } from './scenarios/fanout.ts';
import { growth } from './scenarios/growth.ts';
import { herd } from './scenarios/herd.ts';
import { worker } from './scenarios/worker.ts';

const scenarios: Readonly<Record<string, Scenario>> = {
  worker,
  node,
  drain: draining,
  redis,
  random,
  fanout,
  growth,
  herd,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: 'string' },
    participants: { type: 'string', default: '32' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    /** The process whose networks this one is in; it is set by that process alone. */
    inside: { type: 'string' },
  },
});
const [name = ''] = positionals;
/** Beyond what any scenario takes; this ends a run that hangs all the same. */
const longestMs = (Number(values.minutes) + 25) * 60_000;

async function playScenario(scenario: Scenario, run: number): Promise<number> {
  const tell = startTelling();
  tell(scenario.story);
  const outcome = await scenario.play({
    run,
    tell,
    calls: values.calls === undefined ? scenario.calls : Number(values.calls),
    participants: Number(values.participants),
    seed: Number(values.seed),
    minutes: Number(values.minutes),
    only: values.only.split(',').filter((kind) => kind !== ''),
  });
  for (const { rule, what } of outcome.violations.slice(0, 20)) tell(`violated, ${rule}: ${what}`);
  cleanUpParticipants();
  console.log(JSON.stringify({ scenario: name, ...outcome }));
  return outcome.lost === 0 && outcome.violations.length === 0 ? 0 : 1;
}

async function play(): Promise<number> {
  const scenario = scenarios[name];
  if (scenario === undefined) {
    console.error(`Say what to kill: ${Object.keys(scenarios).join(', ')}.`);
    return 2;
  }
  return values.inside === undefined ? runInNetworks(longestMs) : playScenario(scenario, Number(values.inside));
}

if (name === receiversRole) receiveForParent();
else process.exit(await play());
