/** Lifecycle workers whose machine's clock is wrong: what takes N seconds still takes N seconds. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person } from '../../support/participant/person.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { skewedClock } from '../../support/processes/skewedClock.ts';

const [ringMs, graceMs] = [4_000, 3_000];
const skewSeconds = 20;
/** Less than the skew: later than this is by the wrong clock. */
const slackMs = 12_000;
/** By the wrong clock it would be over at once. Half a round trip to Redis is what the right one may be off. */
const earlyMs = 2_000;

let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(async () => {
  cleanUpParticipants();
  await redis.stop();
});

/** Without it nothing would be shown: CI, which sets it up, must not pass then. */
const isMissing = skewedClock(skewSeconds) === undefined;
const shown = isMissing && process.env['CI'] === undefined ? test.skip : test;

async function untilEnded(person: Person, callId: string, begin: () => Promise<unknown> | undefined): Promise<number> {
  const ended = person.socket.waitFor('call.changed', ({ call }) => call.id === callId && call.phase === 'ended', {
    withinMs: 40_000,
  });
  const began = performance.now();
  await begin();
  await ended;
  return performance.now() - began;
}

async function timesWith(node: ServerProcess): Promise<{ ring: number; grace: number }> {
  const [alice, bob] = [await Person.create(node, 'alice'), await Person.create(node, 'bob')];
  try {
    const began = performance.now();
    const rung = await alice.call(['bob'], 'audio');
    await untilEnded(alice, rung.call.id, () => undefined);
    const ring = performance.now() - began;
    const talk = await alice.call(['bob'], 'audio');
    await alice.join(talk.ticket, { publishing: false });
    await bob.act(talk.call.id, 'answer');
    const { ticket } = await bob.rejoin(talk.call.id);
    await bob.join(ticket, { publishing: false });
    const grace = await untilEnded(alice, talk.call.id, () => bob.close());
    return { ring, grace };
  } finally {
    await Promise.all([alice, bob].map((person) => person.close()));
  }
}

shown.each([skewSeconds, -skewSeconds])(
  'with workers %s s off, a ring and a grace last as long as they should',
  async (seconds) => {
    const clock = skewedClock(seconds);
    if (clock === undefined) throw new Error('libfaketime (Debian package faketime) is not installed');
    const shared = { redisUrl: redis.url, redisPrefix: `skew${seconds < 0 ? 'behind' : 'ahead'}` };
    const environment = {
      VEILCAST_LIFECYCLE_IN_PROCESS: 'false',
      VEILCAST_MEDIA_WORKERS: '1',
      VEILCAST_RING_TIMEOUT_MS: String(ringMs),
      VEILCAST_RECONNECT_GRACE_MS: String(graceMs),
    };
    const workers = await startServerProcess({
      ...shared,
      bundle: 'dist/workers.js',
      readyWithinMs: 60_000,
      environment: { ...environment, ...clock, VEILCAST_LOG_LEVEL: 'info' },
    });
    const node = await startServerProcess({ ...shared, environment, readyWithinMs: 60_000 });
    try {
      // The log tells the skewed time: the workers do live in it.
      const logged = /"time":"([^"]+)"[^\n]*the lifecycle workers serve/.exec(workers.logs())?.[1] ?? '';
      expect(Math.abs(Date.parse(logged) - Date.now())).toBeGreaterThan(1_000);
      const { ring, grace } = await timesWith(node);
      expect(ring).toBeGreaterThan(ringMs - earlyMs);
      expect(ring).toBeLessThan(ringMs + slackMs);
      expect(grace).toBeGreaterThan(graceMs - earlyMs);
      expect(grace).toBeLessThan(graceMs + slackMs);
    } finally {
      await node.stop();
      await workers.stop();
    }
  },
  180_000,
);
