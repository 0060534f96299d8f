// @ts-check
import { readFile } from 'node:fs/promises';

/** The text of /etc/os-release, empty where there is none. */
export function readOsRelease() {
  return readFile('/etc/os-release', 'utf8').catch(() => '');
}
