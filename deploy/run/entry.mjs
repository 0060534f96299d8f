// @ts-check
import { createReporter } from './reporter.mjs';
import { SetupProblem } from './problem.mjs';
import { inWords } from './unwritable.mjs';

const oldestNode = [20, 19];

/**
 * Runs what `npm` called: problems that the person can solve are shown as one sentence, all others with their stack.
 * @param {(log: import('./reporter.mjs').Reporter) => Promise<unknown>} work
 */
export async function runAsCommand(work) {
  try {
    refuseOldNode(process.versions.node);
    await work(createReporter());
  } catch (error) {
    const told = inWords(error);
    console.error(told instanceof SetupProblem ? `\n${told.message}` : told);
    process.exit(1);
  }
}

/** @param {string} version */
function refuseOldNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new SetupProblem(`Node ${oldestNode.join('.')} or newer is required; this is ${version}.`);
  }
}
