/**
 * Every setting, once: name, default, meaning. The setting `httpPort` is `VEILCAST_HTTP_PORT` in the environment and
 * `httpPort` in the JSON file that `VEILCAST_CONFIG` names. Names include units.
 */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { apiKeyList, keyCharacters } from './apiKeys.ts';

/** A number in the file, a string of digits in the environment. */
function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  const digits = z.string().regex(/^\d+$/, error).transform(Number);
  return z.union([z.number({ error }), digits], { error }).pipe(z.int({ error }).min(min, error).max(max, error));
}

const port = whole(1, 65_535);
/** Up to the longest wait of a timer of Node.js, 24.8 days. */
const milliseconds = whole(1, 2 ** 31 - 1);
/** How long data is stored, in milliseconds. No timer waits for it, so it may be longer: up to ten years. */
const keptMs = whole(1, 315_360_000_000);
const count = whole(1, 2 ** 31 - 1);
const address = z
  .string({ error: 'must be an IP address' })
  .refine((text) => isIP(text) !== 0, 'must be an IP address');
/** Default address for media. */
export const loopback = '127.0.0.1';
/** IP addresses, separated by commas. */
const addresses = z
  .string({ error: 'must be IP addresses, separated by commas' })
  .transform((text) => text.split(','))
  .pipe(z.array(address));
const network = z.string().refine((text) => {
  const [host = '', bits, ...more] = text.split('/');
  const most = isIP(host) === 6 ? 128 : 32;
  return (
    isIP(host) !== 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  );
}, 'must be a number, or IP addresses and networks, separated by commas');
/** The number of proxies in a chain, or their addresses and networks (CIDR, RFC 4632). */
const proxies = z.union([
  whole(0, 16),
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(network)),
]);
/** Pauses in milliseconds, separated by commas. */
const waits = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'must be whole numbers, separated by commas')
  .transform((text) => text.split(',').map(Number));
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'must be true or false',
});

const listedHosts = '([^@/\\s]*@)?([^@/,\\s]+)(,[^@/,\\s]+)*';
const manyRedis = new RegExp(`^rediss?\\+(sentinel://${listedHosts}/[\\w.-]+|cluster://${listedHosts}/?)$`);

function isRedisUrl(url: string): boolean {
  if (url.startsWith('unix://')) return isWellFormed(url);
  if (/^rediss?:\/\//.test(url)) return isWellFormed(url) && new URL(url).hostname !== '';
  const [, credentials = '', hosts = ''] = /^rediss?\+(?:sentinel|cluster):\/\/([^@/\s]*@)?([^@/\s]+)/.exec(url) ?? [];
  return manyRedis.test(url) && hosts.split(',').every((host) => isWellFormed(`redis://${credentials}${host}`));
}

/** Check here: the drivers reject other URLs with an error that holds the whole URL and its password. */
function isWellFormed(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Every setting. Rules between several of them are in config/load.ts. */
export const settings = z.strictObject({
  mode: z
    .enum(['development', 'production'])
    .default('production')
    .meta({ description: '`development` generates secrets at start and serves the demo page with its demo people' }),
  httpHost: address.default('127.0.0.1').meta({ description: 'address on which HTTP and WebSocket listen' }),
  httpPort: port.default(4400).meta({ description: 'port of HTTP and WebSocket' }),
  allowedOrigins: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((origin) => origin !== ''))
    .pipe(z.array(z.string().refine(isOrigin, 'must be origins such as https://app.example, separated by commas')))
    .meta({
      description: 'origins of the app’s pages, separated by commas; the page of this server is always allowed',
    }),
  trustedProxies: proxies.default(0).meta({
    description:
      'reverse proxies in front of the HTTP port that name their clients: how many in a chain, or their addresses and ' +
      'networks, separated by commas; if unset, all clients behind a proxy count as one',
  }),
  trustedProxyHeader: z.enum(['x-forwarded-for', 'forwarded']).default('x-forwarded-for').meta({
    description:
      'header in which the proxies name the client (`forwarded`: RFC 7239); they must replace it or append to it',
  }),
  adminHost: address.default('127.0.0.1').meta({
    description:
      'address on which the admin port listens; unless it is loopback, everything but health asks for an API key ([admin port](operations.md#the-admin-port))',
  }),
  adminKeyOnLoopback: flag.default(false).meta({
    description:
      'ask for that API key on loopback, too; set it before you put a proxy in front of the admin port ([admin port](operations.md#the-admin-port))',
  }),
  adminPort: port.default(4401).meta({ description: 'admin port of a node' }),
  workersAdminPort: port
    .default(4402)
    .meta({ description: 'the same for a process of lifecycle workers, which may run beside a node' }),
  redisUrl: z
    .string({ error: 'must be set' })
    .refine(
      isRedisUrl,
      'must be a redis:// URL, or redis+sentinel://host:port,…/master, or redis+cluster://host:port,…; ' +
        'in a password write the characters @ : / ? # [ ] % as %40 %3A %2F %3F %23 %5B %5D %25',
    )
    .meta({
      description:
        'the Redis for calls and queues: `redis://…`, `rediss://…`, `unix://…`, ' +
        '`redis+sentinel://host:port,host:port/master` or `redis+cluster://host:port,host:port`, with `rediss+` over TLS; ' +
        'if unset, `npm start` runs a private one',
    }),
  redisSentinelUsername: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'user name for the sentinels, if they have their own users' }),
  redisSentinelPassword: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'password for the sentinels, if they require one; that of Redis is in its URL' }),
  redisPrefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/)
    .default('veilcast')
    .meta({ description: 'prefix of every key' }),
  mediaListenAddresses: addresses.optional().meta({
    description:
      'addresses on which media (UDP and TCP) listens, such as IPv4 and IPv6, separated by commas. ' +
      'Default: loopback; in development, if nothing is announced either, an address of this machine before it',
  }),
  mediaAnnouncedAddresses: addresses.optional().meta({
    description:
      'media addresses for clients, in the same order; required if a listening address is public or a wildcard',
  }),
  mediaFirstPort: port
    .default(44400)
    .meta({ description: 'media port of the first worker (UDP and TCP); each further worker uses the next one' }),
  pipeAddress: address.optional().meta({
    description: 'address for media from other nodes; if unset, viewers are served by the node that owns the call',
  }),
  pipeFirstPort: port.default(45000).meta({ description: 'first UDP port of pipes between nodes' }),
  pipeLastPort: port
    .default(45999)
    .meta({ description: 'last UDP port of pipes; each broadcast uses one for each node that watches it' }),
  turnUrls: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((url) => url !== ''))
    .pipe(z.array(z.string().regex(/^turns?:[^\s,]+$/, 'must be turn: or turns: URLs, separated by commas')))
    .meta({
      description:
        'TURN servers (RFC 8656) for networks that let only TLS through, as URLs of RFC 7065 such as ' +
        '`turns:relay.example:443?transport=tcp`',
    }),
  turnSecret: z.string().optional().meta({
    description: 'secret shared with the TURN servers (`static-auth-secret` of coturn), at least 32 characters',
  }),
  turnTtlMs: milliseconds
    .default(600_000)
    .meta({ description: 'lifetime of a TURN credential: how long it can open an allocation' }),
  mediaWorkers: whole(1, 256).default(availableParallelism()).meta({ description: 'mediasoup workers; one per core' }),
  mediaWorkerBin: z
    .string()
    .optional()
    .meta({ description: 'the mediasoup-worker binary; set-up finds or builds one' }),
  mediaWorkerOrigin: z
    .enum(['recipe', 'prebuilt', 'given'])
    .default('recipe')
    .meta({
      description:
        'which media worker may run in production: one of our recipe; or the ready-made one of the mediasoup project ' +
        '(`prebuilt`), or any other (`given`), which lack its limits',
    }),
  mediaWorkerUser: z
    .string()
    .regex(/^[a-z_0-9][a-z0-9_-]{0,31}$/, 'must be the name or number of a user')
    .default('61044')
    .meta({
      description: 'user that runs media workers if the node runs as root: a name, or a number, which needs no account',
    }),
  mediaWorkerMemoryMib: whole(256, 1_048_576)
    .default(4_096)
    .meta({ description: 'memory limit of a media worker; one that exceeds it is replaced' }),
  mediaRequestTimeoutMs: milliseconds
    .default(5_000)
    .meta({ description: 'time limit for an answer of a media worker' }),
  mediaInitialBitrate: count
    .default(1_500_000)
    .meta({ description: 'initial estimate of a client’s download bandwidth, bit/s' }),
  apiKey: z
    .string()
    .regex(
      keyCharacters,
      'must have only printable ASCII characters and no spaces: others are not allowed in an Authorization header',
    )
    .optional()
    .meta({
      description:
        'API key that may do everything, named `default` in logs, at least 24 ASCII characters (generated at start in ' +
        'development if there are no others)',
    }),
  apiKeys: apiKeyList.default([]).meta({
    description:
      'more API keys, or all, as JSON: `[{"name":"backend","scopes":["read","calls","people"],"secret":"…",' +
      '"expiresAt":"2027-01-31T00:00:00Z"}]`; `expiresAt` may be left out ([scopes](operations.md#api-keys))',
  }),
  tokenSecret: z.string({ error: 'must be set' }).meta({
    description:
      'secret that signs user tokens and tickets, at least 32 characters (generated at start in development)',
  }),
  acceptedTokenSecret: z
    .string()
    .optional()
    .meta({
      description:
        'a second secret whose tokens and tickets are accepted, too, at least 32 characters: during a [rotation](operations.md#change-a-secret) ' +
        'the next one or the one before',
    }),
  userTokenTtlMs: milliseconds.default(3_600_000).meta({ description: 'lifetime of a user token' }),
  ticketTtlMs: milliseconds.default(120_000).meta({ description: 'lifetime of a ticket' }),
  ticketDevices: whole(1, 100)
    .default(1)
    .meta({ description: 'how many devices may watch with one ticket at the same time' }),
  tokenGraceMs: milliseconds
    .default(5_000)
    .meta({ description: 'how long an open socket, or a viewer’s session, may outlive its token or ticket' }),
  clockSkewMs: whole(0, 60_000).default(2_000).meta({
    description: 'allowed clock difference between nodes: a token is accepted for this long after it has expired',
  }),
  ringTimeoutMs: milliseconds.default(45_000).meta({ description: 'how long a call rings' }),
  reconnectGraceMs: milliseconds
    .default(8_000)
    .meta({ description: 'how long a participant whose connection was lost may come back' }),
  emptyTimeoutMs: milliseconds
    .default(30_000)
    .meta({ description: 'how long a participant may wait alone in a group call' }),
  longestCallMs: milliseconds.default(14_400_000).meta({ description: 'maximum duration of a call' }),
  groupMaxParticipants: whole(2, 100)
    .default(32)
    .meta({ description: 'maximum number of participants in a call, ringing ones included' }),
  callAttempts: count
    .default(60)
    .meta({ description: 'how often a user may try to call within the window below, refused attempts included' }),
  callAttemptsWindowMs: milliseconds.default(600_000).meta({ description: 'window for those attempts' }),
  ringWaitsMs: waits
    .prefault('0,0,60000,300000,1800000,7200000,21600000')
    .meta({ description: 'pauses before the same user may be rung again, by the number of unanswered calls before' }),
  endedCallTtlMs: milliseconds.default(60_000).meta({ description: 'how long an ended call can still be read' }),
  recordTtlMs: keptMs.default(7_776_000_000).meta({ description: 'how long the record of a call is kept: 90 days' }),
  idempotencyTtlMs: milliseconds
    .default(3_600_000)
    .meta({ description: 'how long an Idempotency-Key is remembered; the newest 100 of each user' }),
  webhookWaitsMs: waits.prefault('5000,30000,120000,600000,3600000,10800000,21600000,43200000,86400000').meta({
    description:
      'pauses before a failed webhook is tried again, each lengthened by up to a fifth; after the last it becomes a dead letter',
  }),
  webhookTimeoutMs: milliseconds.default(10_000).meta({ description: 'time limit for the answer to a webhook' }),
  webhookSendsPerEndpoint: whole(1, 256).default(32).meta({
    description: 'how many webhooks a process sends to one endpoint at the same time; a slow endpoint delays no other',
  }),
  webhookBreakerFailures: whole(1, 1000).default(5).meta({
    description: 'after this many failed attempts in a row, an endpoint is tried only occasionally until it answers',
  }),
  webhookAllowPrivate: flag
    .default(false)
    .meta({ description: 'allow webhooks to private addresses and over plain HTTP (allowed in development)' }),
  webhookSecretOverlapMs: milliseconds
    .default(86_400_000)
    .meta({ description: 'how long a replaced webhook secret still signs, beside the new one' }),
  webhookRetentionMs: keptMs
    .default(604_800_000)
    .meta({ description: 'how long messages and dead letters of webhooks are kept' }),
  lifecycleInProcess: flag
    .default(false)
    .meta({ description: 'run the lifecycle workers inside the node (the default in development)' }),
  region: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/)
    .default('default')
    .meta({ description: 'region of this node: calls made through it are placed on nodes of the same region first' }),
  fullLoadPercent: whole(1, 100)
    .default(85)
    .meta({ description: 'a node accepts no new calls from this load on: the highest of CPU, event loop and memory' }),
  sweepEveryMs: milliseconds.default(5_000).meta({ description: 'how often to look for calls without a node' }),
  nodeLeaseMs: milliseconds
    .default(3_000)
    .meta({ description: 'a node that is silent for this long counts as dead, and its calls move to other nodes' }),
  maxConnections: count.default(20_000).meta({
    description:
      'maximum number of open connections to the HTTP port, sockets included; further ones are closed immediately',
  }),
  connectionsPerNetwork: count.default(2_000).meta({
    description:
      'maximum for one address (IPv6: one /64); for clients behind `trustedProxies`, concurrent requests and sockets; further ' +
      'ones are refused',
  }),
  keepAliveTimeoutMs: milliseconds.default(75_000).meta({
    description: 'how long an idle HTTP connection stays open: longer than the reverse proxies in front keep theirs',
  }),
  messageMaxBytes: count.default(65_536).meta({
    description: 'maximum size of a WebSocket message or HTTP body; lists of the app’s backend may have 1 MiB',
  }),
  messagesPerSecond: count.default(50).meta({
    description: 'WebSocket messages on all sockets, and HTTP requests, that a user may send to each node, sustained',
  }),
  messageBytesPerSecond: count
    .default(262_144)
    .meta({ description: 'bytes of WebSocket messages on all sockets that a user may send to each node, sustained' }),
  socketsPerUser: count.default(20).meta({ description: 'maximum number of open sockets of a user on each node' }),
  requestsInFlight: count.default(64).meta({
    description: 'maximum number of concurrent requests of a socket, and of a user over HTTP on each node',
  }),
  badMessagesAllowed: count
    .default(20)
    .meta({ description: 'bad messages after which a socket is closed; one is forgiven every 10 s' }),
  helloTimeoutMs: milliseconds.default(5_000).meta({ description: 'time limit for `hello` on a new socket' }),
  pingEveryMs: milliseconds.default(10_000).meta({ description: 'a socket that misses two pings is closed' }),
  callPingEveryMs: milliseconds.default(2_000).meta({
    description:
      'the same for a socket in a call; after the second missed ping and the grace period, its user has left',
  }),
  drainTimeoutMs: milliseconds.default(10_000).meta({ description: 'time limit of a graceful stop' }),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ description: 'minimum level that is logged' }),
});

/** The settings of a process after parsing. */
export type Config = z.output<typeof settings>;
export type SettingName = keyof Config;

/** May be in a file of their own, which the variable with `_FILE` names, such as `VEILCAST_API_KEYS_FILE`. */
export const settingsInFiles = [
  'redisUrl',
  'redisSentinelPassword',
  'apiKey',
  'apiKeys',
  'tokenSecret',
  'acceptedTokenSecret',
  'turnSecret',
] as const satisfies readonly SettingName[];

/** A reload changes these while the process runs; all others need a restart. */
export const liveSettings = [
  'apiKey',
  'apiKeys',
  'tokenSecret',
  'acceptedTokenSecret',
  'turnUrls',
  'turnSecret',
  'turnTtlMs',
  'logLevel',
] as const satisfies readonly SettingName[];

export const environmentPrefix = 'VEILCAST_';

/** `httpPort` → `VEILCAST_HTTP_PORT`. */
export function environmentName(setting: string): string {
  return environmentPrefix + setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
