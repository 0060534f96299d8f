/** Each way in which Redis may be deployed, started from Debian's package: one, Sentinel, Cluster. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openRedis } from '../../../src/adapters/redis/connection/openRedis.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { SentinelFinder } from '../../../src/adapters/redis/connection/discovery/sentinelFinder.ts';
import { ClusterFinder } from '../../../src/adapters/redis/connection/discovery/clusterFinder.ts';
import type { MasterFinder } from '../../../src/adapters/redis/connection/discovery/discoveryPeers.ts';
import { tlsLines } from '../certificates.ts';
import type { TestAuthority } from '../certificates.ts';
import { freePorts } from '../processes/ports.ts';
import { startTestRedis } from './redis.ts';
import { RedisServer } from './redisServer.ts';
import type { Machine } from '../processes/serverProcess.ts';
import { waitFor } from '../waitFor.ts';

export const redisKinds = ['one', 'sentinel', 'cluster'] as const;
export type RedisKind = (typeof redisKinds)[number];

export interface RunningRedis {
  /** As the setting has it. */
  readonly url: string;
  /** The server that holds keys under this prefix now; of one Redis there is none but it. */
  masterOf(prefix: string): Promise<RedisServer>;
  /** As an operator asks for it: the master stays up and becomes a replica. */
  handOver(prefix: string): Promise<void>;
  stop(): Promise<void>;
}

/** How long it takes them to notice a death, and what else keeps tests short. */
const deadAfterMs = 1_000;
/** How long `redis-cli` may wait for the nodes of a cluster to join. */
const joinedWithinMs = 30_000;
const replicaLines = ['save ""', 'repl-diskless-sync-delay 0'];

export interface Secured {
  /** All speak TLS, to each other too; beside it each has a plain port for the test's own looks. */
  readonly authority: TestAuthority;
  /** That Redis itself does not know. */
  readonly sentinelPassword: string;
  /** Lines that make users, of all servers and of all sentinels. */
  readonly users: readonly string[];
  readonly sentinelUsers: readonly string[];
}

/** On loopback, or all on a machine of their own. */
export async function startRedisOf(kind: RedisKind, machine?: Machine, secured?: Secured): Promise<RunningRedis> {
  switch (kind) {
    case 'one': {
      const redis = await startTestRedis(machine === undefined ? {} : { machine });
      return {
        url: redis.url,
        masterOf: () => Promise.reject(new Error('there is no other')),
        handOver: () => Promise.reject(new Error('there is no other')),
        stop: () => redis.stop(),
      };
    }
    case 'sentinel':
      return startSentinels(machine, secured);
    case 'cluster':
      return startCluster(machine, secured);
  }
}

/** A connection as every process makes it, whatever the kind. */
export async function connectTo(url: string, prefix: string) {
  const opened = await openRedis({ url, key: `{${prefix}}:any` });
  const connection = await RedisConnection.create({ url: opened.url });
  return {
    url: opened.url,
    connection,
    close: async () => {
      await connection.close();
      await opened.close();
    },
  };
}

/** How each server gets a TLS port, `offset` above its plain one; without TLS there is none. */
async function securing(secured: Secured | undefined, host: string, offset: number) {
  if (secured === undefined) return { lines: () => [], users: [], shown: (port: number) => port };
  const { authority, users } = secured;
  const certificate = await authority.sign(`IP:${host}`);
  return {
    lines: (port: number) => tlsLines(authority, certificate, port + offset),
    users,
    shown: (port: number) => port + offset,
  };
}

/** A master, a replica, three sentinels. */
async function startSentinels(machine: Machine | undefined, secured: Secured | undefined): Promise<RunningRedis> {
  const host = machine?.address ?? '127.0.0.1';
  const [masterPort = 0, replicaPort = 0, ...sentinelPorts] = (await freePorts(10)).slice(0, 5);
  const { lines, shown, users } = await securing(secured, host, 5);
  const own = [...replicaLines, ...users];
  const master = await RedisServer.start({ port: masterPort, lines: [...own, ...lines(masterPort)], machine });
  const following = [...own, ...lines(replicaPort), `replicaof ${host} ${shown(masterPort)}`];
  const replica = await RedisServer.start({ port: replicaPort, lines: following, machine });
  const watching = [
    `sentinel monitor calls ${host} ${shown(masterPort)} 2`,
    `sentinel down-after-milliseconds calls ${deadAfterMs}`,
    'sentinel failover-timeout calls 3000',
    ...(secured === undefined
      ? []
      : [
          ...secured.sentinelUsers,
          `requirepass ${secured.sentinelPassword}`,
          `sentinel sentinel-pass ${secured.sentinelPassword}`,
        ]),
  ];
  const credentials = secured === undefined ? '' : `:${encodeURIComponent(secured.sentinelPassword)}@`;
  const sentinels = await Promise.all(
    sentinelPorts.map((port) =>
      RedisServer.start({ port, lines: [...watching, ...lines(port)], args: ['--sentinel'], machine, credentials }),
    ),
  );
  for (const sentinel of sentinels) {
    await waitFor('a sentinel to know all others', async () => {
      const about = JSON.stringify(
        await sentinel.asked((client) => client.sendCommand(['SENTINEL', 'MASTER', 'calls'])),
      );
      return /num-slaves[":,]+1\b/.test(about) && /num-other-sentinels[":,]+2\b/.test(about);
    });
  }
  const scheme = secured === undefined ? 'redis' : 'rediss';
  const url = `${scheme}+sentinel://${sentinelPorts.map((port) => `${host}:${shown(port)}`).join(',')}/calls`;
  const servers = new Map([master, replica].map((server) => [shown(server.port), server]));
  const hosts = sentinelPorts.map((port) => ({ host, port }));
  return {
    url,
    masterOf: () => at(servers, new SentinelFinder({ hosts, master: 'calls', credentials, tls: false })),
    handOver: async () => {
      await sentinels[0]?.asked((client) => client.sendCommand(['SENTINEL', 'FAILOVER', 'calls']));
    },
    stop: async () => {
      await Promise.all([...sentinels, replica, master].map((server) => server.stop()));
    },
  };
}

/** Three masters, each with a replica. */
async function startCluster(machine: Machine | undefined, secured: Secured | undefined): Promise<RunningRedis> {
  const host = machine?.address ?? '127.0.0.1';
  const lines = [...replicaLines, 'cluster-enabled yes', 'cluster-replica-validity-factor 0'];
  const free = await freePorts(18);
  const [ports, busPorts] = [free.slice(0, 6), free.slice(12)];
  const { lines: secure, shown, users } = await securing(secured, host, 6);
  const among = secured === undefined ? [] : ['tls-cluster yes'];
  const nodes = await Promise.all(
    ports.map((port, index) =>
      RedisServer.start({
        port,
        machine,
        lines: [...lines, ...users, ...secure(port), ...among, `cluster-port ${busPorts[index] ?? 0}`],
      }),
    ),
  );
  const hosts = ports.map((port) => `${host}:${shown(port)}`);
  const create = [...['--cluster', 'create', ...hosts], ...['--cluster-replicas', '1', '--cluster-yes']];
  const cli = secured === undefined ? [] : ['--tls', '--cacert', secured.authority.certificateFile];
  await promisify(execFile)('redis-cli', [...cli, ...create], { timeout: joinedWithinMs });
  for (const node of nodes) {
    await waitFor('the whole cluster to serve', async () => {
      const [info, roles] = await node.asked((client) =>
        Promise.all([client.sendCommand(['CLUSTER', 'INFO']), client.sendCommand(['CLUSTER', 'NODES'])]),
      );
      return (
        JSON.stringify(info).includes('cluster_state:ok') && JSON.stringify(roles).match(/\bslave\b/g)?.length === 3
      );
    });
    await waitFor('replicas to follow', async () => {
      const info = await node.asked((client) => client.info('replication'));
      return info.includes('role:master')
        ? info.includes('connected_slaves:1')
        : info.includes('master_link_status:up');
    });
  }
  // Only now: nodes that have so little time to shake hands may never get to know each other on a busy machine.
  const timeout = ['CONFIG', 'SET', 'cluster-node-timeout', String(deadAfterMs)];
  for (const node of nodes) await node.asked((client) => client.sendCommand(timeout));
  const url = `${secured === undefined ? 'redis' : 'rediss'}+cluster://${hosts.slice(0, 3).join(',')}`;
  // Each is told the ports of the kind that it came by.
  const servers = new Map(nodes.map((node) => [node.port, node]));
  const plainHosts = ports.slice(0, 3).map((port) => ({ host, port }));
  const masterOf = (prefix: string) =>
    at(servers, new ClusterFinder({ hosts: plainHosts, credentials: '', tls: false, key: `{${prefix}}:any` }));
  return {
    url,
    masterOf,
    handOver: async (prefix) => {
      const { port } = await masterOf(prefix);
      for (const node of nodes) {
        const info = await node.asked((client) => client.info('replication'));
        if (info.includes('role:slave') && info.includes(`master_port:${port}`))
          await node.asked((client) => client.sendCommand(['CLUSTER', 'FAILOVER']));
      }
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function at(servers: ReadonlyMap<number, RedisServer>, finder: MasterFinder): Promise<RedisServer> {
  try {
    return await waitFor('a master', async () => servers.get((await finder.find())?.port ?? 0));
  } finally {
    finder.close();
  }
}
