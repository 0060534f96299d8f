/**
 * Does to calls in real browsers what networks, devices and apps do to them, and measures what becomes of picture, slides,
 * sound and devices.
 *
 *   npm run torture:media -- [--engines chromium,firefox] [--only "reload: all is on,…"] [--product <folder of another
 *                            checkout, built>]
 *
 * Needs root on Linux, since packets are dropped by nft. One line a scenario goes to standard error; the last line of standard
 * output is one JSON object; ends with 1 when a scenario failed.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Engine } from '../support/browser/browser.ts';
import { outcomeOf, whyFailed } from './media/judge.ts';
import type { Played } from './media/judge.ts';
import type { Scenario } from './media/scenario.ts';
import { scenarios } from './media/scenarios.ts';
import { MediaStage } from './media/stage.ts';

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: 'chromium,firefox' },
    only: { type: 'string' },
    product: { type: 'string' },
  },
});

const known: readonly Engine[] = ['chromium', 'firefox'];
const engines = known.filter((engine) => values.engines.split(',').includes(engine));
const only = values.only?.split(',');
const product = values.product === undefined ? undefined : resolve(values.product);

async function playOne(stage: MediaStage, { name, measures, play }: Scenario): Promise<Played> {
  const { engine } = stage;
  try {
    const figures = await play(stage);
    return { name, engine, figures, failure: whyFailed(figures, measures) };
  } catch (error) {
    // The browser's driver tells in further lines what it waited for.
    const failure = (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 3).join(' ');
    return { name, engine, figures: {}, failure };
  }
}

async function playAll(engine: Engine): Promise<readonly Played[]> {
  const stage = await MediaStage.open(engine, product);
  const played: Played[] = [];
  try {
    for (const scenario of scenarios) {
      if (only?.includes(scenario.name) === false) continue;
      if (engine === 'firefox' && scenario.notInFirefox !== undefined) continue;
      const one = await playOne(stage, scenario);
      played.push(one);
      console.error(`${engine} | ${one.name} | ${JSON.stringify(one.figures)} | ${one.failure ?? 'ok'}`);
      await stage.rest();
    }
  } finally {
    await stage.close();
  }
  return played;
}

const all: Played[] = [];
for (const engine of engines) all.push(...(await playAll(engine)));
const outcome = outcomeOf(all, engines);
console.log(JSON.stringify(outcome));
process.exitCode = outcome.failed > 0 || outcome.scenarios === 0 ? 1 : 0;
