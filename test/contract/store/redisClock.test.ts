/** The clock that processes share: the store's, whatever the clock of the machine says. */
import { expect, test } from '@jest/globals';
import { RedisClock } from '../../../src/adapters/redis/connection/redisClock.ts';
import { useRedis } from '../../support/redis/useRedis.ts';

const redis = useRedis();

const storeTime = async (): Promise<number> => {
  const [seconds, microseconds] = await redis.connection.run((client) =>
    client.sendCommand<[string, string]>(['TIME']),
  );
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
};

const offMs = 10_000;

test('tells the time of the store, whatever the local clock says', async () => {
  for (const skewMs of [0, 20_000, -20_000, 1e9]) {
    const clock = await RedisClock.over(redis.connection, { ticks: () => performance.now() + skewMs });
    const before = await storeTime();
    const now = clock.now();
    const after = await storeTime();
    // Half a round trip of the measurement on a busy machine; by the clock of this process it would be more.
    expect(now).toBeGreaterThan(before - offMs);
    expect(now).toBeLessThan(after + offMs);
    expect(Number.isInteger(now)).toBe(true);
    clock.stop();
  }
});

test('asks again while answers are slow, and uses the quickest', async () => {
  const roundTripsMs = [400, 300, 500, 90, 4, 700];
  let asked = 0;
  const at = { store: 1_000_000, ticks: 0 };
  const pass = (ms: number): void => {
    at.store += ms;
    at.ticks += ms;
  };
  const readTime = (): Promise<unknown> => {
    const roundTripMs = roundTripsMs[asked] ?? 1_000;
    asked += 1;
    // Held up on the way back alone: the middle is wrong by half of it.
    const reply = [String(Math.floor(at.store / 1_000)), String((at.store % 1_000) * 1_000)];
    pass(roundTripMs);
    return Promise.resolve(reply);
  };
  const clock = await RedisClock.create({ readTime, ticks: () => at.ticks });
  expect(asked).toBe(5);
  expect(Math.abs(clock.now() - at.store)).toBeLessThanOrEqual(2);
  roundTripsMs.length = 0;
  await clock.measure();
  expect(asked).toBe(5 + 12);
  clock.stop();
});

/** A store whose time, and this process's, go as they are told. */
function world() {
  const at = { store: 1_000_000, ticks: 50, roundTripMs: 0, isAway: false };
  const pass = (ms: number): void => {
    at.store += ms;
    at.ticks += ms;
  };
  const readTime = (): Promise<unknown> => {
    if (at.isAway) return Promise.reject(new Error('away'));
    pass(at.roundTripMs / 2);
    const reply = [String(Math.floor(at.store / 1_000)), String((at.store % 1_000) * 1_000)];
    pass(at.roundTripMs / 2);
    return Promise.resolve(reply);
  };
  return { at, pass, open: () => RedisClock.create({ readTime, ticks: () => at.ticks }) };
}

test('continues without the store, assumes the middle of a round trip, and corrects backwards by standing still', async () => {
  const { at, pass, open } = world();
  at.roundTripMs = 100;
  const clock = await open();
  expect(clock.now()).toBe(at.store);
  at.isAway = true;
  pass(5_000);
  await expect(clock.measure()).rejects.toThrow('away');
  expect(clock.now()).toBe(at.store);

  const before = clock.now();
  at.isAway = false;
  at.roundTripMs = 0;
  at.store -= 150;
  await clock.measure();
  pass(149);
  expect(clock.now()).toBe(before);
  pass(2);
  expect(clock.now()).toBe(before + 1);
  // Another server, whose clock is far behind: standing still for so long would be worse.
  at.store -= 100_000;
  await clock.measure();
  expect(clock.now()).toBe(at.store);
  clock.stop();
});

test('a measurement that was overtaken by another is ignored', async () => {
  const at = { ticks: 0 };
  const replies: ((seconds: number) => void)[] = [];
  const answerAll = async (seconds: number): Promise<void> => {
    for (const reply of replies.splice(0)) reply(seconds);
    await new Promise((go) => setImmediate(go));
  };
  const readTime = () =>
    new Promise((resolve) =>
      replies.push((seconds) => {
        resolve([String(seconds), '0']);
      }),
    );
  const opening = RedisClock.create({ readTime, ticks: () => at.ticks });
  for (let sample = 0; sample < 3; sample += 1) await answerAll(1_000);
  const clock = await opening;
  const ofTheServerBefore = clock.measure();
  const late = replies.splice(0);
  const ofTheServerNow = clock.measure();
  for (let sample = 0; sample < 3; sample += 1) await answerAll(2_000);
  await ofTheServerNow;
  for (const reply of late) reply(1_000);
  for (let sample = 0; sample < 3; sample += 1) await answerAll(1_000);
  await ofTheServerBefore;
  expect(clock.now()).toBe(2_000_000);
  clock.stop();
});
