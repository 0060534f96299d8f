/** The longest turns of nodes' event loops, as `loopWatch.mjs` in them writes it down. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';

const folder = resolve('.tmp/torture');
const watcher = resolve('test/torture/watch/loopWatch.mjs');
const line = z.object({ pid: z.number(), from: z.number(), to: z.number(), longestMs: z.number() });
export type Turn = z.output<typeof line>;

const fileOf = (name: string): string => join(folder, `${name}.turns.jsonl`);

export async function noTurnsYet(names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(names.map((name) => rm(fileOf(name), { force: true })));
}

/** What makes a server write its turns down. */
export const watchedLoop = (name: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=${pathToFileURL(watcher).href}`,
  LOOP_WATCH_FILE: fileOf(name),
});

/** Throws when a node has told nothing: a loop that nobody watched is not taken for one that never stood still. */
export async function turnsOf(name: string): Promise<readonly Turn[]> {
  const text = await readFile(fileOf(name), 'utf8');
  return text
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => line.parse(JSON.parse(one)));
}

/** The longest first, of those within a time: starting and stopping are no serving. */
export function longestOf(
  turns: readonly Turn[],
  span: { readonly from: number; readonly to: number },
  servesSince: ReadonlyMap<number, number> = new Map(),
): readonly Turn[] {
  return turns
    .filter(({ pid, from, to }) => from >= (servesSince.get(pid) ?? span.from) && to <= span.to)
    .toSorted((one, other) => other.longestMs - one.longestMs);
}
