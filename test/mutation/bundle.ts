/** Makes one script of the domain with all its mutants and of the tests that hold it. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { mutated } from './mutants.ts';
import type { Mutant } from './mutants.ts';

/** Quick and pointed ones first: most mutants fall to the first few. */
const suites = [
  'test/unit/domain/call/transitions.test.ts',
  'test/unit/domain/call/life.test.ts',
  'test/unit/domain/call/group.test.ts',
  'test/unit/domain/call/whoMayWhat.test.ts',
  'test/unit/domain/call/blockAndHold.test.ts',
  'test/unit/domain/call/rehome.test.ts',
  'test/unit/domain/call/alreadyDone.test.ts',
  'test/unit/domain/call/repeatedRequests.test.ts',
  'test/unit/domain/call/deadlines.test.ts',
  'test/unit/domain/call/changeRateLimit.test.ts',
  'test/unit/domain/call/record.test.ts',
  'test/unit/domain/people/policy.test.ts',
  'test/unit/domain/people/ringLedger.test.ts',
  'test/unit/domain/cluster/placement.test.ts',
  'test/unit/domain/webhooks/rules.test.ts',
  'test/unit/domain/webhooks/fairness.test.ts',
  'test/unit/domain/webhooks/retryAfterHeader.test.ts',
  'test/unit/domain/webhooks/breaker.test.ts',
  'test/unit/domain/call/reference.test.ts',
  'test/unit/domain/call/properties.test.ts',
];

export interface Bundle {
  readonly script: string;
  readonly mutants: readonly Mutant[];
}

/** `seed` for the tests that draw, so that two runs say the same. */
export async function bundleMutants(checkout: string, seed: number): Promise<Bundle> {
  const mutants: Mutant[] = [];
  const domain = join(checkout, 'src/domain');
  const mutate: Plugin = {
    name: 'mutants',
    setup: (plugins) => {
      plugins.onResolve({ filter: /^@jest\/globals$/ }, () => ({
        path: join(checkout, 'test/mutation/jestInOneScript.ts'),
      }));
      plugins.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        // The catalogue of errors is held by the tests of the edge and by the compiler.
        if (!path.startsWith(domain) || path.endsWith('/errors.ts')) return undefined;
        const source = await readFile(path, 'utf8');
        const made = mutated(relative(checkout, path), source, mutants.length + 1);
        mutants.push(...made.mutants);
        return { contents: made.text, loader: 'ts' };
      });
    },
  };
  const entry = [
    `import fc from 'fast-check';`,
    `fc.configureGlobal({ seed: ${seed}, endOnFailure: true });`,
    ...suites.map((suite) => `import './${suite}';`),
    `export { firstFailure, reachedBy } from './test/mutation/jestInOneScript.ts';`,
  ];
  const { outputFiles } = await build({
    absWorkingDir: checkout,
    stdin: { contents: entry.join('\n'), resolveDir: checkout, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
    packages: 'external',
    plugins: [mutate],
  });
  return { script: outputFiles[0]?.text ?? '', mutants };
}
