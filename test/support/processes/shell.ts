/** Programs of the system, run to their end. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Answers the standard output; throws what the program complained of. */
export async function sh(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, [...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

export const ip = (...args: readonly string[]): Promise<string> => sh('ip', ...args);

/** Any program inside a network namespace. */
export const inNamespace = (name: string, ...command: readonly string[]): Promise<string> =>
  ip('netns', 'exec', name, ...command);
