/** Origin of the media worker: our recipe, mediasoup's prebuilt binary, or somebody's own. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { version as mediasoupVersion, workerBin as ownWorkerBin } from 'mediasoup';
import * as z from 'zod';

export type Origin = 'recipe' | 'prebuilt' | 'given';
export interface WorkerOrigin {
  readonly origin: Origin;
  /** Number of our recipe; 0 for others. */
  readonly recipe: number;
  /** mediasoup version that it was built from, if it says so. */
  readonly version: string;
}

/** The recipe writes it into the binary (`marking` in deploy/worker/recipe.mjs), so that copies keep it. */
const marker = /veilcast-worker-recipe:(\d+):mediasoup:([\w.-]+):/;
/** Set-up puts it beside the binary: the hash of the binary, and where that is from. */
const note = z.object({ origin: z.literal('prebuilt'), version: z.string(), sha256: z.string() });

/** If the origin is not known, it is `given`. Rejects as the file system does if there is no such file. */
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

/** Whether it has all that this release needs. */
export function isOfRecipe({ origin, recipe, version }: WorkerOrigin, least: number): boolean {
  return origin === 'recipe' && recipe >= least && version === mediasoupVersion;
}
