/**
 * `npm run mutate -- [--only src/domain/call/decisions,src/domain/people/policy.ts] [--seed 1]`: changes the domain in one place after the
 * other and runs its tests each time. A mutant that no test notices has survived. The last line is one JSON object.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { bundleMutants } from './bundle.ts';
import { killing } from './killing.ts';

/** All tests take some three seconds of a core; a mutant that takes this long never ends. */
const longestMs = 90_000;
const neverEnds = 'it never ends';
const answerSchema = z.object({ killer: z.string().optional() });
const workSchema = z.object({ script: z.string(), from: z.string() });

/** A thread, so that one that never ends can be stopped. */
class Judge {
  readonly #work: z.infer<typeof workSchema>;
  #thread: Worker | undefined;

  constructor(work: z.infer<typeof workSchema>) {
    this.#work = work;
  }

  async killerOf(mutant: number): Promise<string | undefined> {
    this.#thread ??= await this.#begun();
    this.#thread.postMessage(mutant);
    try {
      const answer: unknown = await once(this.#thread, 'message', { signal: AbortSignal.timeout(longestMs) });
      return z.tuple([answerSchema]).parse(answer)[0].killer;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
      await this.stop();
      return neverEnds;
    }
  }

  /** Once it has run every test unchanged: that takes a while, and is no fault of a mutant. */
  async #begun(): Promise<Worker> {
    const thread = new Worker(new URL(import.meta.url), { workerData: this.#work });
    await once(thread, 'message');
    return thread;
  }

  async stop(): Promise<void> {
    await this.#thread?.terminate();
    this.#thread = undefined;
  }
}

function judge(): void {
  const { script, from } = workSchema.parse(workerData);
  const ready = killing(script, from);
  void ready.then(() => parentPort?.postMessage({}));
  parentPort?.on('message', (mutant: unknown) => {
    void ready
      .then(async (killerOf) => await killerOf(z.number().parse(mutant)))
      .then((killer) => parentPort?.postMessage({ killer }));
  });
}

async function mutate(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, seed: { type: 'string', default: '1' } },
  });
  const seed = z.coerce.number().int().parse(values.seed);
  const beganAt = performance.now();
  const { script, mutants } = await bundleMutants(process.cwd(), seed);
  const work = new Judge({ script, from: import.meta.url });
  const say = (line: string) => process.stdout.write(`${line}\n`);

  const places = values.only.split(',');
  const tried = mutants.filter(({ file }) => places.some((place) => file.startsWith(place)));
  let killed = 0;
  for (const { id, file, line, kind, from, to } of tried) {
    const killer = await work.killerOf(id);
    if (killer !== undefined) killed += 1;
    say(`${killer === undefined ? 'SURVIVED' : 'killed'} ${file}:${line} ${kind}: ${from} → ${to} · ${killer ?? ''}`);
  }
  await work.stop();
  const percent = Math.round((1000 * killed) / Math.max(1, tried.length)) / 10;
  const tookS = Math.round((performance.now() - beganAt) / 1000);
  say(JSON.stringify({ scenario: 'mutation', seed, mutants: tried.length, killed, percent, tookS }));
}

if (isMainThread) await mutate();
else judge();
