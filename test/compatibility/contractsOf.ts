/** What a revision promises to others: OpenAPI, AsyncAPI, metrics, error codes and settings, read from its own code. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import * as z from 'zod';
import { entriesIn } from '../house/folders.ts';

export const contractNames = ['openapi', 'asyncapi', 'metrics', 'errors', 'configuration'] as const;
export type ContractName = (typeof contractNames)[number];
export type Contracts = Readonly<Record<ContractName, unknown>>;

/** Files move from revision to revision; these names are looked for wherever they are. */
const exported = [
  'openApiDocument',
  'asyncApiDocument',
  'httpRoutes',
  'declareMetrics',
  'collectProcessMetrics',
  'errorCatalogue',
  'settings',
  'environmentName',
];

/** The routes are declarations: what their handlers would work with is never touched. */
const program = `
import { Registry } from 'prom-client';
const anything = new Proxy(function () {}, {
  get: (_target, key) => (key === Symbol.toPrimitive ? () => '' : anything),
  apply: () => anything,
  construct: () => anything,
});
const routes = httpRoutes(anything, anything).filter(({ path }) => path.startsWith('/v1/'));
const registry = new Registry();
declareMetrics(registry);
collectProcessMetrics(registry);
const metrics = registry.getMetricsAsArray().map(({ name, type, labelNames, buckets }) => [name, { type, labelNames, buckets }]);
export default {
  openapi: openApiDocument(routes),
  asyncapi: asyncApiDocument(),
  metrics: Object.fromEntries(metrics),
  errors: errorCatalogue,
  configuration: Object.fromEntries(
    Object.entries(settings.shape).map(([name, schema]) => [environmentName(name), { default: schema.safeParse(undefined).data }]),
  ),
};
`;

/** The files of a revision, beside the packages of this checkout. */
export function checkOut(revision: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const archive = execFileSync('git', ['archive', revision], { maxBuffer: 1024 ** 3 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
}

const module = z.object({ default: z.record(z.enum(contractNames), z.unknown()) });

/** `scratch`: a folder inside of this checkout, so that the program finds its packages. */
export async function contractsOf(root: string, scratch: string): Promise<Contracts> {
  const files = ['config', 'src'].flatMap((folder) => entriesIn(join(root, folder), 'files'));
  const sources = files
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(path, 'utf8')] as const);
  const imports = exported.map((name) => {
    const declares = new RegExp(`^export (?:async )?(?:const|function|class) ${name}\\b`, 'm');
    const [path] = sources.find(([, text]) => declares.test(text)) ?? [];
    if (path === undefined) throw new Error(`No file in ${root} exports ${name}.`);
    return `import { ${name} } from ${JSON.stringify(resolve(path))};`;
  });
  mkdirSync(scratch, { recursive: true });
  const entry = resolve(scratch, 'contracts.ts');
  const outfile = resolve(scratch, 'contracts.mjs');
  writeFileSync(entry, [...imports, program].join('\n'));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    loader: { '.lua': 'text' },
    logLevel: 'error',
  });
  return module.parse(await import(pathToFileURL(outfile).href)).default;
}
