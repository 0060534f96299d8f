/** Which media worker this is: built by our recipe, ready-made by the mediasoup project, or somebody's own. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { version as mediasoupVersion, workerBin as ownWorkerBin } from 'mediasoup';
import * as z from 'zod';

export type Origin = 'recipe' | 'prebuilt' | 'given';
export interface WorkerOrigin {
  readonly origin: Origin;
  /** Of our recipe; 0 for others. */
  readonly recipe: number;
  /** Of the mediasoup that it was built from, as far as it says so. */
  readonly version: string;
}

/** The recipe writes it into the binary (`marking` in deploy/worker/recipe.mjs), so that it cannot be lost on a copy. */
const marker = /veilcast-worker-recipe:(\d+):mediasoup:([\w.-]+):/;
/** Beside the binary, by set-up: of which very binary it is, and where that is from. */
const note = z.object({ origin: z.literal('prebuilt'), version: z.string(), sha256: z.string() });

/** What cannot be told is `given`. Rejects as the file system does where there is no such file. */
export async function workerOrigin(path: string = ownWorkerBin): Promise<WorkerOrigin> {
  const binary = await readFile(path);
  const [, recipe, version] = marker.exec(binary.toString('latin1')) ?? [];
  if (recipe !== undefined && version !== undefined) return { origin: 'recipe', recipe: Number(recipe), version };
  const prebuilt = await noteBeside(path);
  if (prebuilt?.sha256 === createHash('sha256').update(binary).digest('hex')) {
    return { origin: 'prebuilt', recipe: 0, version: prebuilt.version };
  }
  return { origin: 'given', recipe: 0, version: 'unknown' };
}

async function noteBeside(path: string): Promise<z.output<typeof note> | undefined> {
  try {
    return note.parse(JSON.parse(await readFile(`${path}.origin.json`, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Whether it has all that this release counts on. */
export function isOfRecipe({ origin, recipe, version }: WorkerOrigin, least: number): boolean {
  return origin === 'recipe' && recipe >= least && version === mediasoupVersion;
}
