/**
 * Does to the product at once what strangers, faulty receivers and faulty machines do, beside calls in progress.
 *
 *   npm run torture -- [--minutes 5] [--seed 1] [--calls 20] [--product <folder of another checkout, built>]
 *                      [--loopback] [--without cuts,half-opens,herds,in-turn,brief-calls,store,clocks]
 *
 * Needs root on Linux: every process is on a machine of its own, a network namespace; with `--loopback` all are on this
 * one, which shows less: connections of the servers to each other look like those of clients. Progress goes to standard error;
 * the last line of standard output is one JSON object. A run of less than five minutes is asked for less in proportion.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runInNetworks, startTelling } from '../chaos/stage/runInNetworks.ts';
import { onLoopback } from '../chaos/stage/machines.ts';
import { cleanUpParticipants } from '../support/participant.ts';
import { leastTried } from './judge/outcome.ts';
import { torture } from './play.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    calls: { type: 'string', default: String(leastTried.calls) },
    product: { type: 'string' },
    without: { type: 'string', default: '' },
    loopback: { type: 'boolean', default: false },
    /** The process whose networks this one is in; it is set by that process alone. */
    inside: { type: 'string' },
  },
});
/** Beyond what a run takes; this ends one that hangs all the same. */
const longestMs = (Number(values.minutes) + 10) * 60_000;

async function play(run: number): Promise<number> {
  const tell = startTelling();
  const outcome = await torture({
    run,
    tell,
    seed: Number(values.seed),
    minutes: Number(values.minutes),
    calls: Number(values.calls),
    without: values.without.split(',').filter((name) => name !== ''),
    product: values.product === undefined ? undefined : resolve(values.product),
  });
  for (const { rule, what } of outcome.violations.slice(0, 40)) tell(`violated, ${rule}: ${what}`);
  cleanUpParticipants();
  console.log(JSON.stringify(outcome));
  return outcome.violations.length === 0 ? 0 : 1;
}

const run = values.loopback ? String(onLoopback) : values.inside;
process.exit(run === undefined ? await runInNetworks(longestMs) : await play(Number(run)));
