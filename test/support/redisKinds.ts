/** Each way in which Redis may be deployed, started from Debian's package: one, Sentinel, Cluster. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openRedis } from '../../src/adapters/redis/openRedis.ts';
import { RedisConnection } from '../../src/adapters/redis/connection.ts';
import { redisAddress } from '../../src/adapters/redis/redisAddress.ts';
import { SentinelFinder } from '../../src/adapters/redis/sentinelFinder.ts';
import { ClusterFinder } from '../../src/adapters/redis/clusterFinder.ts';
import { freePorts } from './ports.ts';
import { startTestRedis } from './redis.ts';
import { RedisServer } from './redisServer.ts';
import type { Machine } from './serverProcess.ts';
import { waitFor } from './waitFor.ts';

export const redisKinds = ['one', 'sentinel', 'cluster'] as const;
export type RedisKind = (typeof redisKinds)[number];

export interface RunningRedis {
  /** As the setting has it. */
  readonly url: string;
  /** The server that holds keys under this prefix now; of one Redis there is none but it. */
  masterOf(prefix: string): Promise<RedisServer>;
  stop(): Promise<void>;
}

/** How long it takes them to notice a death, and what else keeps tests short. */
const deadAfterMs = 1_000;
/** How long `redis-cli` may wait for the nodes of a cluster to join. */
const joinedWithinMs = 30_000;
const replicaLines = ['save ""', 'repl-diskless-sync-delay 0'];

/** On loopback, or all on a machine of their own. */
export async function startRedisOf(kind: RedisKind, machine?: Machine): Promise<RunningRedis> {
  switch (kind) {
    case 'one': {
      const redis = await startTestRedis(machine === undefined ? {} : { machine });
      return {
        url: redis.url,
        masterOf: () => Promise.reject(new Error('there is no other')),
        stop: () => redis.stop(),
      };
    }
    case 'sentinel':
      return startSentinels(machine);
    case 'cluster':
      return startCluster(machine);
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

/** A master, a replica, three sentinels. */
async function startSentinels(machine: Machine | undefined): Promise<RunningRedis> {
  const host = machine?.address ?? '127.0.0.1';
  const [masterPort = 0, replicaPort = 0, ...sentinelPorts] = await freePorts(5);
  const master = await RedisServer.start({ port: masterPort, lines: replicaLines, machine });
  const following = [...replicaLines, `replicaof ${host} ${masterPort}`];
  const replica = await RedisServer.start({ port: replicaPort, lines: following, machine });
  const watching = [
    `sentinel monitor calls ${host} ${masterPort} 2`,
    `sentinel down-after-milliseconds calls ${deadAfterMs}`,
    'sentinel failover-timeout calls 3000',
  ];
  const sentinels = await Promise.all(
    sentinelPorts.map((port) => RedisServer.start({ port, lines: watching, args: ['--sentinel'], machine })),
  );
  for (const sentinel of sentinels) {
    await waitFor('a sentinel to know all others', async () => {
      const about = JSON.stringify(
        await sentinel.asked((client) => client.sendCommand(['SENTINEL', 'MASTER', 'calls'])),
      );
      return /num-slaves[":,]+1\b/.test(about) && /num-other-sentinels[":,]+2\b/.test(about);
    });
  }
  const url = `redis+sentinel://${sentinelPorts.map((port) => `${host}:${port}`).join(',')}/calls`;
  return {
    url,
    masterOf: async () => {
      const address = redisAddress(url);
      if (address.kind !== 'sentinel') throw new Error('no sentinels');
      return at([master, replica], new SentinelFinder(address));
    },
    stop: async () => {
      await Promise.all([...sentinels, replica, master].map((server) => server.stop()));
    },
  };
}

/** Three masters, each with a replica. */
async function startCluster(machine: Machine | undefined): Promise<RunningRedis> {
  const host = machine?.address ?? '127.0.0.1';
  const lines = [...replicaLines, 'cluster-enabled yes', 'cluster-replica-validity-factor 0'];
  const free = await freePorts(12);
  const [ports, busPorts] = [free.slice(0, 6), free.slice(6)];
  const nodes = await Promise.all(
    ports.map((port, index) =>
      RedisServer.start({ port, lines: [...lines, `cluster-port ${busPorts[index] ?? 0}`], machine }),
    ),
  );
  const hosts = ports.map((port) => `${host}:${port}`);
  const create = [...['--cluster', 'create', ...hosts], ...['--cluster-replicas', '1', '--cluster-yes']];
  await promisify(execFile)('redis-cli', create, { timeout: joinedWithinMs });
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
  const url = `redis+cluster://${hosts.slice(0, 3).join(',')}`;
  return {
    url,
    masterOf: (prefix) => {
      const address = redisAddress(url);
      if (address.kind !== 'cluster') throw new Error('no cluster');
      return at(nodes, new ClusterFinder({ ...address, key: `{${prefix}}:any` }));
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function at(servers: readonly RedisServer[], finder: SentinelFinder | ClusterFinder): Promise<RedisServer> {
  try {
    return await waitFor('a master', async () => {
      const found = await finder.find();
      return servers.find(({ port }) => port === found?.port);
    });
  } finally {
    finder.close();
  }
}
