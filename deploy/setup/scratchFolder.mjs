// @ts-check
import { mkdir, rm } from 'node:fs/promises';

/**
 * Does the work with an empty folder that is gone afterwards. What a killed process left there before goes as well.
 * @template T
 * @param {string} folder for which only one process works at a time
 * @param {(folder: string) => Promise<T>} work
 */
export async function withScratchFolder(folder, work) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
