// @ts-check
// What bundlers cannot leave out by themselves, and no browser needs: a tenth of the client.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * mediasoup-client is CommonJS, and its own modules import its index, which also exports the fakes of its tests.
 * @type {import('esbuild').Plugin}
 */
export const withoutFakes = {
  name: 'without fakes',
  setup({ onLoad }) {
    onLoad({ filter: /\/mediasoup-client\/lib\/index\.js$/ }, async ({ path }) => {
      /** @type {{ version: string }} */
      const { version } = JSON.parse(await readFile(join(dirname(path), '..', 'package.json'), 'utf8'));
      return {
        contents: `exports.version = ${JSON.stringify(version)}; exports.Device = require('./Device').Device;`,
      };
    });
  },
};

/**
 * Every schema of zod can write itself as JSON Schema. Only the server does that, for its documents.
 * @type {import('esbuild').Plugin}
 */
export const withoutJsonSchema = {
  name: 'without JSON Schema',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/core\/(to-json-schema|json-schema-processors)\.js$/ }, async ({ path }) => {
      const names = Object.keys(await import(path));
      const absent = `function absent() { throw new Error('This package cannot write JSON Schema.'); }`;
      return { contents: `${absent}\n${names.map((name) => `export { absent as ${name} };`).join('\n')}` };
    });
  },
};
