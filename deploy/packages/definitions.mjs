// @ts-check
// The packages that apps install. Each is made of the sources of this checkout; the folder of its name holds its README and
// the report of its public surface.

/**
 * @typedef {object} Definition
 * @property {string} name
 * @property {string} description
 * @property {string} entry source of the module that apps import
 * @property {string[]} apart sources that become modules of their own, so that bundlers leave out those an app does not use
 * @property {import('esbuild').BuildOptions} options
 * @property {Record<string, unknown>} manifest what its `package.json` has beside the fields that all have
 */

/** @type {Definition[]} */
export const definitions = [
  {
    name: 'veilcast-client',
    description: 'Private calls in the browser, with Veilcast.',
    entry: 'src/client/index.ts',
    apart: [
      'src/client/veilcastClient.ts',
      'src/client/media/devices.ts',
      'src/client/connection/capabilities.ts',
      'src/client/support/errors.ts',
    ],
    options: { platform: 'browser', target: 'es2022' },
    manifest: { keywords: ['webrtc', 'calls', 'privacy'] },
  },
];
