// @ts-check
// Which module may import which, in one direction: edge → commands → domain (pure) → ports ← adapters.
// dependency-cruiser reads it in test/architecture/imports.test.ts, which also shows that each rule finds a violation.

/**
 * @param {string} name
 * @param {string} comment the reason of the rule; shown with each violation
 * @param {string} from path prefix of the modules that the rule restricts
 * @param {string[]} allowed patterns of all paths that they may import, without the leading `^`
 * @returns {import('dependency-cruiser').IForbiddenRuleType}
 */
const only = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^${from}` },
  to: { pathNot: allowed.map((path) => `^${path}`) },
});

const npm = (/** @type {string[]} */ ...names) => names.map((name) => `node_modules/(@types/)?${name}/`);
const nodeCore =
  '(node:)?(buffer|crypto|dns|net|tls|os|fs|https?|stream|path|url|timers|perf_hooks|events|module)(/promises)?$';

/** @type {Record<string, string[]>} */
const librariesOf = {
  redis: ['redis', '@redis/[a-z-]+', 'zod'],
  mediasoup: ['mediasoup', 'zod'],
  bullmq: ['bullmq', 'redis', '@redis/[a-z-]+', 'zod'],
  prometheus: ['prom-client'],
  routing: ['zod'],
  tokens: ['jose', 'zod'],
  webhooks: ['standardwebhooks', 'request-filtering-agent'],
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Modules in a cycle can only be understood, tested and changed together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    only(
      'domain-is-pure',
      'Rules of calls are pure functions: no I/O, no clock, no library. Tests need no stand-ins.',
      'src/domain/',
      ['src/domain/', 'src/support/backoff.ts$'],
    ),
    only(
      'ports-are-domain-words',
      'A port uses words of the domain only: with a type of a driver in it, the adapter cannot be replaced.',
      'src/ports/',
      ['src/domain/', 'src/ports/', 'src/protocol/'],
    ),
    only(
      'support-knows-nobody',
      'Every layer and the browser SDK may import it, so it imports no layer and nothing of Node.js.',
      'src/support/',
      ['src/support/'],
    ),
    only(
      'commands-know-ports',
      'A use case reaches stores and media through ports, so that it runs on memory and on Redis alike.',
      'src/commands/',
      ['src/domain/', 'src/support/', 'src/ports/', 'src/commands/', 'src/protocol/'],
    ),
    only(
      'protocol-is-a-contract',
      'Clients bundle it: it contains schemas and types, and no code of the server.',
      'src/protocol/',
      ['src/domain/', 'src/protocol/', ...npm('zod')],
    ),
    only(
      'edge-parses-and-asks',
      'An edge parses a request, runs one command and answers: it imports no adapter and no composition.',
      'src/edge/',
      [
        'src/(domain|commands|ports|protocol|edge|support)/',
        ...npm('express', 'express-serve-static-core', 'cors', 'helmet', 'ws', 'zod', 'rate-limiter-flexible'),
        ...npm('@asteasolutions/zod-to-openapi', 'prom-client', 'serve-static', 'qs'),
        nodeCore,
      ],
    ),
    {
      name: 'edge-asks-commands-for-media',
      comment: 'A command checks whose a session is. An edge that called media itself would skip that check.',
      severity: 'error',
      from: { path: '^src/edge/' },
      to: { path: '^src/ports/media/' },
    },
    ...['redis', 'mediasoup', 'bullmq', 'prometheus', 'tokens', 'system', 'memory', 'routing', 'turn', 'webhooks'].map(
      (name) =>
        only(
          `adapter-${name}-is-alone`,
          'An adapter implements ports with its own library. It imports no command, no edge and no other adapter.',
          `src/adapters/${name}/`,
          [
            'src/(domain|ports|protocol|support)/',
            `src/adapters/${name}/`,
            'config/media.ts$',
            ...npm(...(librariesOf[name] ?? [])),
            nodeCore,
          ],
        ),
    ),
    only('observability-is-alone', 'Logs and health checks do not depend on rules of calls.', 'src/observability/', [
      'src/(domain|ports|observability|support)/',
      ...npm('pino'),
      nodeCore,
    ]),
    only(
      'client-is-for-browsers',
      'The SDK shares schemas, ids, errors and call types with the server, and none of its code.',
      'src/client/',
      [
        'src/(client|protocol|support)/',
        'src/domain/(call/(call|events)|kernel/(errors|ids))\\.ts$',
        ...npm('mediasoup-client', 'zod', 'awaitqueue', 'h264-profile-level-id'),
      ],
    ),
    only('page-uses-the-sdk-alone', 'The page uses only the public SDK: it shows what any app can do.', 'src/web/', [
      'src/web/',
      'src/client/index.ts$',
      ...npm('zod', 'preact', '@preact/signals', '@preact/signals-core', 'lucide-preact'),
    ]),
    only('config-stands-alone', 'Every layer may read settings, so they import no layer.', 'config/', [
      'config/',
      ...npm('zod', 'mediasoup', 'dependency-cruiser', 'typescript-eslint'),
      nodeCore,
    ]),
    only(
      'handlers-parse-and-run',
      'A handler parses its job and runs a command; its dependencies are composed elsewhere.',
      'workers/handlers/',
      ['workers/handlers/', 'src/(domain|ports|commands|protocol|support)/', 'src/adapters/bullmq/'],
    ),
    only(
      'entries-start-what-is-composed',
      'An entry starts what src/compose composes, and composes nothing itself.',
      '(src|workers)/main\\.ts$',
      ['src/compose/'],
    ),
    only(
      'load-is-a-client',
      'The load tester speaks to a server as clients do: it has the protocol and rules of the SDK, and no code of the server.',
      'src/load/',
      [
        'src/(load|protocol|support)/',
        'src/client/(connection|support)/',
        ...npm('zod', 'ws', 'koffi', 'hdr-histogram-js'),
        nodeCore,
        '(node:)?(dgram|util|zlib)$',
      ],
    ),
    {
      name: 'load-is-imported-by-nobody',
      comment: 'It is a program of its own: a server that imported it would carry what makes load.',
      severity: 'error',
      from: { path: '^(src|workers|config)/', pathNot: '^src/load/' },
      to: { path: '^src/load/' },
    },
    only(
      'compose-is-the-server',
      'The only place where commands, edges and adapters are connected. It imports no browser code.',
      'src/compose/',
      [
        'src/(compose|adapters|commands|domain|edge|observability|ports|protocol|support)/',
        'workers/handlers/',
        'config/',
        ...npm('zod'),
        nodeCore,
        '(node:)?worker_threads$',
      ],
    ),
    {
      name: 'production-apart-from-development',
      comment:
        'Production code runs without the set-up of a development machine, without tests and without measurements.',
      severity: 'error',
      from: { path: '^(src|workers|config|deploy/run)/' },
      to: { path: '^(test|deploy/(?!run/))' },
    },
    {
      name: 'entries-are-imported-by-nobody',
      comment: 'Importing an entry would start a second process.',
      severity: 'error',
      from: { path: '^(src|workers|config)/', pathNot: '^(src|workers)/main\\.ts$' },
      to: { path: '^(src|workers)/main\\.tsx?$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
