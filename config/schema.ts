/**
 * Every setting, once: name, default, meaning. The setting `httpPort` is `VEILCAST_HTTP_PORT` in the environment and
 * `httpPort` in the JSON file that `VEILCAST_CONFIG` names. Names include units.
 */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import * as z from 'zod';

/** A number in the file, a string of digits in the environment. */
function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  const digits = z.string().regex(/^\d+$/, error).transform(Number);
  return z.union([z.number({ error }), digits], { error }).pipe(z.int({ error }).min(min, error).max(max, error));
}

const port = whole(1, 65_535);
/** At most what a timer of Node can wait. */
const milliseconds = whole(1, 2 ** 31 - 1);
/** How long something is kept. No timer waits for it, so it may be longer: ten years at most. */
const keptMs = whole(1, 315_360_000_000);
const count = whole(1, 2 ** 31 - 1);
const address = z
  .string({ error: 'must be an IP address' })
  .refine((text) => isIP(text) !== 0, 'must be an IP address');
/** Default address for media. */
export const loopback = '127.0.0.1';
/** Separated by commas. */
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
/** The number of proxies in a row, or their addresses. */
const proxies = z.union([
  whole(0, 16),
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(network)),
]);
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

export const settings = z.strictObject({
  mode: z
    .enum(['development', 'production'])
    .default('production')
    .meta({ description: '`development` makes secrets at start and serves the demo page with its demo people' }),
  httpHost: address.default('127.0.0.1').meta({ description: 'where HTTP and WebSocket listen' }),
  httpPort: port.default(4400).meta({ description: 'port of HTTP and WebSocket' }),
  allowedOrigins: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((origin) => origin !== ''))
    .pipe(z.array(z.string().refine(isOrigin, 'must be origins such as https://app.example, separated by commas')))
    .meta({
      description: 'origins of the app’s pages, with commas between; the page of this server is always allowed',
    }),
  trustedProxies: proxies.default(0).meta({
    description:
      'proxies in front of the HTTP port that name their clients: how many one behind the other, or their addresses and ' +
      'networks with commas between; without it all clients behind a proxy are counted as one',
  }),
  trustedProxyHeader: z
    .enum(['x-forwarded-for', 'forwarded'])
    .default('x-forwarded-for')
    .meta({ description: 'the header in which they do; they must write it anew or add to it' }),
  adminHost: address.default('127.0.0.1').meta({ description: 'where health and metrics listen' }),
  adminPort: port.default(4401).meta({ description: 'port of `/healthz`, `/readyz`, `/metrics` of a node' }),
  workersAdminPort: port
    .default(4402)
    .meta({ description: 'the same of a process of lifecycle workers, which may run beside a node' }),
  redisUrl: z
    .string({ error: 'must be set' })
    .refine(
      isRedisUrl,
      'must be a redis:// URL, or redis+sentinel://host:port,…/master, or redis+cluster://host:port,…; ' +
        'in a password write the characters @ : / ? # [ ] % as %40 %3A %2F %3F %23 %5B %5D %25',
    )
    .meta({
      description:
        'the Redis that holds calls and queues: `redis://…`, `rediss://…`, `unix://…`, ' +
        '`redis+sentinel://host:port,host:port/master` or `redis+cluster://host:port,host:port`, with `rediss+` over TLS; ' +
        '`npm start` runs a private one when unset',
    }),
  redisSentinelUsername: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'user at the sentinels, where they have users of their own' }),
  redisSentinelPassword: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'password at the sentinels, where they want one; that of Redis is in its URL' }),
  redisPrefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/)
    .default('veilcast')
    .meta({ description: 'first part of every key' }),
  mediaListenAddresses: addresses.optional().meta({
    description:
      'where media (UDP and TCP) listens; several, such as IPv4 and IPv6, with commas between. ' +
      'Unset it is loopback; in development, where nothing is announced either, an address of this machine before it',
  }),
  mediaAnnouncedAddresses: addresses.optional().meta({
    description: 'what clients are told, in the same order; needed when a listening address is public or a wildcard',
  }),
  mediaFirstPort: port
    .default(44400)
    .meta({ description: 'media port of the first worker (UDP and TCP); each further worker takes the next' }),
  pipeAddress: address.optional().meta({
    description:
      'where other nodes reach this one’s media; without it viewers are served by the node that owns the call',
  }),
  pipeFirstPort: port.default(45000).meta({ description: 'first UDP port of pipes between nodes' }),
  pipeLastPort: port
    .default(45999)
    .meta({ description: 'last of them; each broadcast and node that watches it takes one' }),
  turnUrls: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((url) => url !== ''))
    .pipe(z.array(z.string().regex(/^turns?:[^\s,]+$/, 'must be turn: or turns: URLs, separated by commas')))
    .meta({
      description: 'TURN servers for networks that let only TLS pass, such as `turns:relay.example:443?transport=tcp`',
    }),
  turnSecret: z.string().optional().meta({
    description: 'secret that the TURN servers know too (`static-auth-secret` of coturn), at least 32 characters',
  }),
  turnTtlMs: milliseconds.default(600_000).meta({ description: 'how long a credential opens an allocation' }),
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
        'which media worker may run in production: one of our recipe; also the ready-made one of the mediasoup project ' +
        '(`prebuilt`), or any other (`given`), which lack its bounds',
    }),
  mediaWorkerUser: z
    .string()
    .regex(/^[a-z_0-9][a-z0-9_-]{0,31}$/, 'must be the name or number of a user')
    .default('61044')
    .meta({
      description: 'whom media workers run as when the node runs as root: a name, or a number that needs no account',
    }),
  mediaWorkerMemoryMib: whole(256, 1_048_576)
    .default(4_096)
    .meta({ description: 'memory of a media worker; one that wants more ends and is replaced' }),
  mediaRequestTimeoutMs: milliseconds.default(5_000).meta({ description: 'longest wait for a media worker’s answer' }),
  mediaInitialBitrate: count
    .default(1_500_000)
    .meta({ description: 'first estimate of what a client can receive, bit/s' }),
  apiKey: z
    .string({ error: 'must be set' })
    .regex(
      /^[\x21-\x7e]*$/,
      'must have only printable ASCII characters and no spaces: others are not allowed in an Authorization header',
    )
    .meta({
      description: 'secret of the app’s backend, at least 24 characters of ASCII (made at start in development)',
    }),
  tokenSecret: z.string({ error: 'must be set' }).meta({
    description: 'secret that signs user tokens and tickets, at least 32 characters (made at start in development)',
  }),
  userTokenTtlMs: milliseconds.default(3_600_000).meta({ description: 'how long a user token is good' }),
  ticketTtlMs: milliseconds.default(120_000).meta({ description: 'how long a ticket is good' }),
  ticketDevices: whole(1, 100).default(1).meta({ description: 'how many devices may watch with one ticket at once' }),
  tokenGraceMs: milliseconds
    .default(5_000)
    .meta({ description: 'how long an open socket, or a viewer’s session, outlives its token or ticket' }),
  clockSkewMs: whole(0, 60_000).default(2_000).meta({
    description: 'how far the clocks of nodes may differ: a token is taken for this long after it has expired',
  }),
  ringTimeoutMs: milliseconds.default(45_000).meta({ description: 'how long a call rings' }),
  reconnectGraceMs: milliseconds.default(8_000).meta({ description: 'how long a lost participant may come back' }),
  emptyTimeoutMs: milliseconds.default(30_000).meta({ description: 'how long one may wait alone in a group call' }),
  longestCallMs: milliseconds.default(14_400_000).meta({ description: 'after this every call ends' }),
  groupMaxParticipants: whole(2, 100)
    .default(32)
    .meta({ description: 'how many may be in a call, or rung by it, at once' }),
  callAttempts: count
    .default(60)
    .meta({ description: 'how often a user may try to call within the window below, refused or not' }),
  callAttemptsWindowMs: milliseconds.default(600_000).meta({ description: 'the window of those attempts' }),
  ringWaitsMs: waits
    .prefault('0,0,60000,300000,1800000,7200000,21600000')
    .meta({ description: 'wait before the same user may be rung again, by how many calls before were in vain' }),
  endedCallTtlMs: milliseconds.default(60_000).meta({ description: 'how long an ended call stays readable' }),
  recordTtlMs: keptMs.default(7_776_000_000).meta({ description: 'how long the record of a call is kept: 90 days' }),
  idempotencyTtlMs: milliseconds
    .default(3_600_000)
    .meta({ description: 'how long an Idempotency-Key is remembered; of one user the newest 100' }),
  webhookWaitsMs: waits.prefault('5000,30000,120000,600000,3600000,10800000,21600000,43200000,86400000').meta({
    description: 'waits before a webhook that failed is tried again, up to a fifth longer; then it is a dead letter',
  }),
  webhookTimeoutMs: milliseconds.default(10_000).meta({ description: 'longest wait for a webhook to be answered' }),
  webhookSendsPerEndpoint: whole(1, 256)
    .default(32)
    .meta({ description: 'how many webhooks a process sends to one endpoint at a time; a slow one delays no other' }),
  webhookBreakerFailures: whole(1, 1000).default(5).meta({
    description:
      'after so many attempts in a row without an answer an endpoint is tried only now and then, until it answers',
  }),
  webhookAllowPrivate: flag
    .default(false)
    .meta({ description: 'webhooks may go to private addresses and by plain HTTP (in development they may)' }),
  webhookSecretOverlapMs: milliseconds
    .default(86_400_000)
    .meta({ description: 'how long the secret that was replaced signs along' }),
  webhookRetentionMs: keptMs
    .default(604_800_000)
    .meta({ description: 'how long messages and dead letters of webhooks are kept' }),
  lifecycleInProcess: flag
    .default(false)
    .meta({ description: 'run the lifecycle workers inside the node (development does)' }),
  region: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/)
    .default('default')
    .meta({ description: 'where this node is: calls made through it go to nodes of the same region first' }),
  fullLoadPercent: whole(1, 100)
    .default(85)
    .meta({ description: 'a node takes no new calls from this load on: of CPU, event loop or memory, the fullest' }),
  sweepEveryMs: milliseconds.default(5_000).meta({ description: 'how often calls without a node are looked for' }),
  nodeLeaseMs: milliseconds
    .default(3_000)
    .meta({ description: 'a node silent for this long is dead, and its calls go on elsewhere' }),
  maxConnections: count.default(20_000).meta({
    description: 'connections to the HTTP port at once, sockets included; further ones are closed as they come',
  }),
  connectionsPerNetwork: count.default(2_000).meta({
    description:
      'of them from one address (IPv6: one /64); through `trustedProxies`, requests and sockets of one at once; further ' +
      'ones are refused',
  }),
  keepAliveTimeoutMs: milliseconds.default(75_000).meta({
    description: 'how long an idle HTTP connection is kept: longer than the proxies in front of this keep theirs',
  }),
  messageMaxBytes: count
    .default(65_536)
    .meta({ description: 'largest WebSocket message and HTTP body; lists of the app’s backend may have 1 MiB' }),
  messagesPerSecond: count.default(50).meta({
    description: 'WebSocket messages that a user may send on all sockets, and HTTP requests, sustained, on each node',
  }),
  messageBytesPerSecond: count
    .default(262_144)
    .meta({ description: 'bytes of WebSocket messages that a user may send on all sockets, sustained, on each node' }),
  socketsPerUser: count.default(20).meta({ description: 'sockets that a user may have open on each node' }),
  requestsInFlight: count.default(64).meta({
    description: 'requests of a socket, and of a user over HTTP on each node, that may be at work at once',
  }),
  badMessagesAllowed: count
    .default(20)
    .meta({ description: 'bad messages after which a socket is closed; one is forgiven every 10 s' }),
  helloTimeoutMs: milliseconds.default(5_000).meta({ description: 'a socket must say who it is within this' }),
  pingEveryMs: milliseconds.default(10_000).meta({ description: 'a socket that misses two pings is closed' }),
  callPingEveryMs: milliseconds.default(2_000).meta({
    description: 'the same of a socket in a call; after the second missed one and the grace its user has left',
  }),
  drainTimeoutMs: milliseconds.default(10_000).meta({ description: 'longest graceful stop' }),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ description: 'least level that is logged' }),
});

export type Config = z.output<typeof settings>;
export type SettingName = keyof Config;

export const environmentPrefix = 'VEILCAST_';

/** `httpPort` → `VEILCAST_HTTP_PORT`. */
export function environmentName(setting: string): string {
  return environmentPrefix + setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
