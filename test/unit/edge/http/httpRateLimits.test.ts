import { expect, test } from '@jest/globals';
import { Limits } from '../../../../src/edge/http/limits/httpRateLimits.ts';

const limits = { callsPerMinute: 2, failedCredentialsPerMinute: 2 };

test('users and clients without credentials are counted apart', async () => {
  const counted = new Limits({ clock: { now: () => 0 }, limits });
  for (const name of ['alice', 'bob']) {
    await counted.callBy(name);
    await counted.callBy(name);
    await expect(counted.callBy(name)).rejects.toMatchObject({ code: 'too_many_requests' });
    await counted.failedCredential(name);
  }
});

test('the requests of each user are counted apart, per second and per minute', async () => {
  const counted = new Limits({ clock: { now: () => 0 }, limits: { ...limits, requestsPerSecond: 3 } });
  for (const name of ['alice', 'bob']) {
    for (let request = 0; request < 6; request += 1) await counted.requestBy(name);
    await expect(counted.requestBy(name)).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterMs: expect.any(Number),
    });
    await counted.callBy(name);
  }
});

test('the key under which an address is counted changes every hour', async () => {
  let now = 0;
  const counted = new Limits({ clock: { now: () => now }, limits });
  const fail = () => counted.failedCredential('192.0.2.7');
  await fail();
  await fail();
  now += 3_599_999;
  await expect(fail()).rejects.toMatchObject({ code: 'too_many_requests' });
  now += 1;
  await fail();
});
