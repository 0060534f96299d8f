/** Sentinel and Cluster over TLS, with users who may do no more than the documentation says: programs outlive a failover. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestAuthority } from '../../support/certificates.ts';
import { startRedisOf } from '../../support/redis/redisKinds.ts';
import { documentedUser } from '../../support/redis/redisUsers.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';

const sentinelPassword = 'of-the-sentinels:@/';
const password = 'of-the-app';
/** Whose keys the documented user may touch. */
const redisPrefix = 'veilcast';
let authority: TestAuthority;
beforeAll(async () => {
  authority = await TestAuthority.make();
});
afterAll(() => authority.remove());

test.each(['sentinel', 'cluster'] as const)(
  'behind %s a program becomes ready, and again after another master has taken over',
  async (kind) => {
    const more = kind === 'cluster' ? ' +cluster|keyslot +cluster|nodes' : '';
    const redis = await startRedisOf(kind, undefined, {
      authority,
      sentinelPassword,
      users: [`${documentedUser('app', password)}${more}`],
      sentinelUsers: [documentedUser('watcher', sentinelPassword)],
    });
    const redisUrl = redis.url.replace('://', `://app:${password}@`);
    try {
      const server = await startServerProcess({
        // A node has a way of its own to Redis in the thread that keeps its lease.
        redisUrl,
        redisPrefix,
        readyWithinMs: 60_000,
        bundle: `dist/${kind === 'sentinel' ? 'server' : 'workers'}.js`,
        environment: {
          NODE_EXTRA_CA_CERTS: authority.certificateFile,
          VEILCAST_REDIS_SENTINEL_USERNAME: 'watcher',
          VEILCAST_REDIS_SENTINEL_PASSWORD: sentinelPassword,
        },
      });
      // On a busy machine its first start may take too long; it then starts again by itself.
      const readiness = () =>
        fetch(`${server.adminUrl}/readyz`).then(
          ({ status }) => status,
          () => 0,
        );
      const master = await redis.masterOf(redisPrefix);
      await master.kill();
      await waitFor('the master to be missed', async () => (await readiness()) !== 200);
      await waitFor('the next master', async () => (await readiness()) === 200, { withinMs: 40_000 });
      expect(await redis.masterOf(redisPrefix)).not.toBe(master);
      expect(await server.stop()).toBe(0);
      expect(server.logs()).not.toContain(sentinelPassword);
      expect(server.logs()).not.toContain('the thread that renews the lease');
    } finally {
      await redis.stop();
    }
  },
  180_000,
);
