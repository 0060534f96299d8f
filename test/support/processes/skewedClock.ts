/** A process whose machine's clock is wrong: libfaketime, of Debian's package `faketime`. */
import { existsSync } from 'node:fs';

const libraries = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
] as const;

/** For the environment of the process. Undefined where libfaketime is not installed. */
export function skewedClock(seconds: number): Readonly<Record<string, string>> | undefined {
  const library = libraries.find((path) => existsSync(path));
  if (library === undefined) return undefined;
  return {
    LD_PRELOAD: library,
    FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}s`,
    // Durations are right on a machine whose clock is wrong.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
