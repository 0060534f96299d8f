// @ts-check
import { access } from 'node:fs/promises';

/** @param {string} path */
export function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
