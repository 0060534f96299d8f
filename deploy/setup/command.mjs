// @ts-check
// Other programs, run to their end.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SetupProblem } from '../run/problem.mjs';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeout] in milliseconds; the program is killed after it
 * @property {(line: string) => void} [onLine] every line of its output and errors
 * @property {(line: string) => void} [onStatus] every line that it writes to its file descriptor 3
 */

export class CommandFailed extends SetupProblem {
  /** @override */
  name = 'CommandFailed';

  /**
   * @param {string} command
   * @param {string} ending
   * @param {string} output its last lines
   */
  constructor(command, ending, output) {
    super(`${command} ${ending}${output ? `\n${output}` : ''}`);
    this.output = output;
  }
}

const linesKept = 40;

/**
 * Runs a program; answers its standard output.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>}
 */
export function run(program, args, { cwd, env, timeout, onLine, onStatus } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(cwd && { cwd }),
      env: env ?? process.env,
      ...(timeout && { timeout, killSignal: 'SIGKILL' }),
      stdio: ['ignore', 'pipe', 'pipe', onStatus ? 'pipe' : 'ignore'],
    });
    /** @type {string[]} */
    const output = [];
    /** @type {string[]} */
    const last = [];
    const [, stdout, stderr, status] = /** @type {import('node:stream').Readable[]} */ (
      /** @type {unknown} */ (child.stdio)
    );
    if (status && onStatus) createInterface({ input: status }).on('line', onStatus);
    for (const stream of [stdout, stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (stream === stdout) output.push(line);
        last.push(line);
        if (last.length > linesKept) last.shift();
        onLine?.(line);
      });
    }
    const command = [program, ...args].join(' ');
    child.on('error', (error) => reject(new CommandFailed(command, `cannot run: ${error.message}`, '')));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output.join('\n'));
      else
        reject(
          new CommandFailed(command, signal ? `ended by ${signal}` : `failed (exit code ${code})`, last.join('\n')),
        );
    });
  });
}

/**
 * Whether a program runs and ends well.
 * @param {string} program
 * @param {string[]} args
 */
export function succeeds(program, args) {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

/**
 * Runs a program on this process's own terminal; answers its exit code.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>}
 */
export function runInForeground(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: 'inherit' });
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => void child.kill(signal);
    process.on('SIGTERM', passOn);
    // From a terminal the child gets this one by itself; here it only must not end us before the child is done.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGTERM', passOn);
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}
