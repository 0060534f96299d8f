// @ts-check
// Who may import what, one way only: edge → commands → domain (pure) → ports ← adapters. Read by dependency-cruiser.

/**
 * @param {string} name
 * @param {string} comment why
 * @param {string} from a folder
 * @param {string[]} allowed what it may import: path patterns
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
      comment: 'A cycle has no first thing to understand.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    only('domain-is-pure', 'The domain knows nothing but itself.', 'src/domain/', [
      'src/domain/',
      'src/support/backoff.ts$',
    ]),
    only('ports-are-domain-words', 'A port with a driver in it hides nothing.', 'src/ports/', [
      'src/domain/',
      'src/ports/',
      'src/protocol/',
    ]),
    only(
      'support-knows-nobody',
      'Every layer may use it, and browsers: so it may use none, and nothing of Node.',
      'src/support/',
      ['src/support/'],
    ),
    only('commands-know-ports', 'A use case must not care who implements its ports.', 'src/commands/', [
      'src/domain/',
      'src/support/',
      'src/ports/',
      'src/commands/',
      'src/protocol/',
    ]),
    only('protocol-is-a-contract', 'Clients take it whole: schemas and nothing that runs.', 'src/protocol/', [
      'src/domain/',
      'src/protocol/',
      ...npm('zod'),
    ]),
    only('edge-parses-and-asks', 'An edge reaches the world through commands and ports.', 'src/edge/', [
      'src/(domain|commands|ports|protocol|edge|support)/',
      ...npm('express', 'express-serve-static-core', 'cors', 'helmet', 'ws', 'zod', 'rate-limiter-flexible'),
      ...npm('@asteasolutions/zod-to-openapi', 'prom-client', 'serve-static', 'qs'),
      nodeCore,
    ]),
    ...['redis', 'mediasoup', 'bullmq', 'prometheus', 'tokens', 'system', 'memory', 'routing', 'turn', 'webhooks'].map(
      (name) =>
        only(
          `adapter-${name}-is-alone`,
          'An adapter knows ports and its own library, no other adapter, no edge.',
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
    only('observability-is-alone', 'Logs and health know no rules.', 'src/observability/', [
      'src/(domain|ports|observability|support)/',
      ...npm('pino'),
      nodeCore,
    ]),
    only('client-is-for-browsers', 'The SDK shares the contract with the server and nothing else.', 'src/client/', [
      'src/(client|protocol|support)/',
      'src/domain/(call/(call|events)|kernel/(errors|ids))\\.ts$',
      ...npm('mediasoup-client', 'zod', 'awaitqueue', 'h264-profile-level-id'),
    ]),
    only('page-uses-the-sdk-alone', 'The page shows what any app can do.', 'src/web/', [
      'src/web/',
      'src/client/index.ts$',
      ...npm('zod', 'preact', '@preact/signals', '@preact/signals-core', 'lucide-preact'),
    ]),
    only('config-stands-alone', 'Settings are read by everybody and read nobody.', 'config/', [
      'config/',
      ...npm('zod', 'mediasoup', 'dependency-cruiser', 'typescript-eslint'),
      nodeCore,
    ]),
    only('handlers-parse-and-run', 'A handler parses its job and runs what it is given.', 'workers/handlers/', [
      'workers/handlers/',
      'src/(domain|ports|commands|protocol|support)/',
      'src/adapters/bullmq/',
    ]),
    only('entries-start-what-is-composed', 'An entry puts nothing together itself.', '(src|workers)/main\\.ts$', [
      'src/compose/',
    ]),
    only('compose-is-the-server', 'Everything of the server meets here, and nothing of browsers.', 'src/compose/', [
      'src/(compose|adapters|commands|domain|edge|observability|ports|protocol|support)/',
      'workers/handlers/',
      'config/',
      ...npm('zod'),
      nodeCore,
      '(node:)?worker_threads$',
    ]),
    {
      name: 'production-apart-from-development',
      comment: 'What runs in production needs neither the set-up of a developer’s machine nor tests and measurements.',
      severity: 'error',
      from: { path: '^(src|workers|config|deploy/run)/' },
      to: { path: '^(test|deploy/(?!run/))' },
    },
    {
      name: 'entries-are-imported-by-nobody',
      comment: 'What starts a process is not a library.',
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
