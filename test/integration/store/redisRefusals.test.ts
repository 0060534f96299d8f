/** A Redis with which no program can work, for a reason that time does not mend: one sentence, at once. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { TestAuthority, tlsLines } from '../../support/certificates.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { startProgram } from '../../support/processes/program.ts';
import { RedisServer } from '../../support/redis/redisServer.ts';

interface Case {
  readonly what: string;
  readonly lines?: (port: number) => Promise<readonly string[]> | readonly string[];
  readonly url: (port: number, tlsPort: number) => string;
  readonly trusts?: boolean;
  readonly isSentinel?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly says: RegExp;
}

let authority: TestAuthority;
let server: RedisServer | undefined;
beforeAll(async () => {
  authority = await TestAuthority.make();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(() => authority.remove());

const withTls = (name: string) => async (port: number) => tlsLines(authority, await authority.sign(name), port);
const withPassword = { VEILCAST_REDIS_SENTINEL_PASSWORD: 'wrong' };
const sentinelUrl = (_: number, port: number) => `rediss+sentinel://127.0.0.1:${port}/calls`;
const cases: readonly Case[] = [
  {
    what: 'a wrong password',
    url: (port) => `redis://app:wrong@127.0.0.1:${port}`,
    says: /^VEILCAST_REDIS_URL: Redis refuses the user name or the password in the URL$/,
  },
  {
    what: 'no password where one is wanted',
    lines: () => ['requirepass right'],
    url: (port) => `redis://127.0.0.1:${port}`,
    says: /^VEILCAST_REDIS_URL: Redis requires a password: put it into the URL/,
  },
  {
    what: 'a user who may do too little',
    lines: () => ['user app on >right ~* &* +@connection +info'],
    url: (port) => `redis://app:right@127.0.0.1:${port}`,
    says: /^VEILCAST_REDIS_URL: the Redis user lacks permissions: give it the rules of docs\/redis\.md$/,
  },
  {
    what: 'a certificate of an authority that is not trusted',
    lines: withTls('IP:127.0.0.1'),
    url: (_, port) => `rediss://127.0.0.1:${port}`,
    says: /^VEILCAST_REDIS_URL: .* NODE_EXTRA_CA_CERTS to a file with (this|the CA) certificate$/,
  },
  {
    what: 'a certificate for another host',
    lines: withTls('DNS:redis.example'),
    url: (_, port) => `rediss://127.0.0.1:${port}`,
    trusts: true,
    says: /^VEILCAST_REDIS_URL: the certificate of Redis is for another host name$/,
  },
  {
    what: 'TLS to a plain port',
    url: (port) => `rediss://127.0.0.1:${port}`,
    says: /^VEILCAST_REDIS_URL: Redis does not speak TLS on this port: write redis:\/\//,
  },
  {
    what: 'plain to a TLS port',
    lines: withTls('IP:127.0.0.1'),
    url: (_, port) => `redis://127.0.0.1:${port}`,
    says: /^VEILCAST_REDIS_URL: Redis speaks TLS on this port: write rediss:\/\//,
  },
  {
    what: 'an eviction policy that deletes calls',
    lines: () => ['maxmemory 100mb', 'maxmemory-policy allkeys-lru'],
    url: (port) => `redis://127.0.0.1:${port}`,
    says: /^Redis deletes calls, users and timers when it is full, because its maxmemory-policy is allkeys-lru: set it to noeviction\.$/,
  },
  {
    what: 'a password that sentinels want and do not get',
    isSentinel: true,
    lines: () => ['requirepass right'],
    url: (port) => `redis+sentinel://127.0.0.1:${port}/calls`,
    says: /^VEILCAST_REDIS_URL: the sentinels require a password of their own: set VEILCAST_REDIS_SENTINEL_PASSWORD$/,
  },
  {
    what: 'a wrong password for sentinels',
    isSentinel: true,
    lines: () => ['requirepass right'],
    environment: withPassword,
    url: (port) => `redis+sentinel://127.0.0.1:${port}/calls`,
    says: /^VEILCAST_REDIS_URL: the sentinels refuse VEILCAST_REDIS_SENTINEL_USERNAME or VEILCAST_REDIS_SENTINEL_PASSWORD$/,
  },
  {
    what: 'a master that no sentinel watches',
    isSentinel: true,
    url: (port) => `redis+sentinel://127.0.0.1:${port}/others`,
    says: /^VEILCAST_REDIS_URL: the sentinels know no master of the name in the URL$/,
  },
  {
    what: 'plain to a TLS port of sentinels',
    isSentinel: true,
    lines: withTls('IP:127.0.0.1'),
    url: (_, port) => `redis+sentinel://127.0.0.1:${port}/calls`,
    says: /^VEILCAST_REDIS_URL: Redis speaks TLS on this port/,
  },
  {
    what: 'sentinels with a certificate of an authority that is not trusted',
    isSentinel: true,
    lines: withTls('IP:127.0.0.1'),
    url: sentinelUrl,
    says: /^VEILCAST_REDIS_URL: .* NODE_EXTRA_CA_CERTS to a file with (this|the CA) certificate$/,
  },
  {
    what: 'a master that does not speak the TLS of its sentinels',
    isSentinel: true,
    lines: withTls('IP:127.0.0.1'),
    url: sentinelUrl,
    trusts: true,
    says: /^VEILCAST_REDIS_URL: Redis does not speak TLS on this port/,
  },
];

test.each(cases.map((one) => [one.what, one] as const))(
  '%s ends a start in production with one sentence',
  async (_, { lines = () => [], url, trusts = false, says, isSentinel = false, environment = {} }) => {
    const [port = 0, tlsPort = 0, adminPort = 0] = await freePorts(3);
    const given = await lines(tlsPort);
    const credentials = given.includes('requirepass right') ? ':right@' : undefined;
    // The master of the sentinel is the sentinel itself, at its plain port: it is asked whether it speaks TLS, no more.
    const kind = isSentinel
      ? { args: ['--sentinel'], own: [`sentinel monitor calls 127.0.0.1 ${port} 1`] }
      : { own: [] };
    server = await RedisServer.start({ ...kind, port, lines: ['save ""', ...kind.own, ...given], credentials });
    const { ended, output } = startProgram(['dist/workers.js'], {
      environment: {
        VEILCAST_MODE: 'production',
        VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
        VEILCAST_TOKEN_SECRET: 'Zq4-a-token-secret-that-is-long-enough-indeed',
        VEILCAST_WORKERS_ADMIN_PORT: String(adminPort),
        VEILCAST_REDIS_URL: url(port, tlsPort),
        ...environment,
        ...(trusts ? { NODE_EXTRA_CA_CERTS: authority.certificateFile } : {}),
      },
    });
    expect(await ended).toBe(1);
    expect(output().trim()).toMatch(says);
  },
  40_000,
);
