// @ts-check
// What set-up tells: one line a step, with how long it took, and signs of life on the long ones.

/**
 * @callback Progress
 * @param {string} text how far the step is, such as `42 %`
 * @returns {void}
 */

/**
 * @typedef {object} Reporter
 * @property {(text: string) => void} line
 * @property {<T>(title: string, work: (progress: Progress) => Promise<T>) => Promise<T>} step
 *   does the work, tells what it is and how long it took
 */

const signOfLifeEvery = { terminal: 1_000, file: 5_000 };

/**
 * @param {{ stream?: NodeJS.WriteStream, now?: () => number }} [options]
 * @returns {Reporter}
 */
export function createReporter({ stream = process.stderr, now = () => performance.now() } = {}) {
  const terminal = stream.isTTY === true;
  const eraseLine = terminal ? '\r\u001b[K' : '';

  return {
    line(text) {
      stream.write(`${text}\n`);
    },
    async step(title, work) {
      const began = now();
      let state = '';
      const seconds = () => `${((now() - began) / 1000).toFixed(1)} s`;
      const show = () => {
        const text = `${title} … ${[state, seconds()].filter(Boolean).join(', ')}`;
        stream.write(terminal ? eraseLine + text.slice(0, (stream.columns ?? 80) - 1) : `${text}\n`);
      };
      if (terminal) stream.write(`${title} …`);
      const signOfLife = setInterval(show, terminal ? signOfLifeEvery.terminal : signOfLifeEvery.file);
      try {
        const result = await work((text) => (state = text));
        stream.write(`${eraseLine}${title}: ${seconds()}\n`);
        return result;
      } catch (error) {
        stream.write(`${eraseLine}${title}: failed after ${seconds()}\n`);
        throw error;
      } finally {
        clearInterval(signOfLife);
      }
    },
  };
}
