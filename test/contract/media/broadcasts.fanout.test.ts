/** A broadcast with viewers, and one that outgrows its worker, on real media workers. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CallId } from '../../../src/domain/kernel/ids.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { active, alice, bob, callError, heardVideo, over, ringing } from '../../support/participant/scenes.ts';
import { silent } from '../../support/participant/silence.ts';
import { newCallId, packetsOf, Studio } from '../../support/participant/studio.ts';
import type { Seat } from '../../support/participant/studio.ts';
import { waitFor } from '../../support/waitFor.ts';

describe('a broadcast with viewers', () => {
  let studio: Studio;

  beforeEach(async () => {
    studio = await Studio.create({ workers: 2, outgrownAt: { consumers: 8, cpuShare: 0.9 } });
  });
  afterEach(async () => {
    await studio.stop();
  });
  afterAll(() => {
    cleanUpParticipants();
  });

  const onAir = async (): Promise<{ callId: CallId; host: Seat }> => {
    const callId = newCallId();
    const host = await studio.sit(callId, alice, active(alice));
    await host.participant.publish(['microphone', 'camera']);
    return { callId, host };
  };
  const watch = (callId: CallId, count: number, from = 0) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => studio.watch(callId, `viewer${from + index}`, active(alice))),
    );
  /** By the port that a client is told: each worker has its own. */
  const placesOf = (seats: readonly Seat[]) => {
    const places = seats.map(({ media }) => media.receive.iceCandidates[0]?.port ?? 0);
    return [0, 1].map((worker) => places.filter((port) => port === studio.firstPort + worker).length);
  };
  const census = () => Promise.all(studio.broadcasts.pool.workers().map(async (worker) => worker?.census()));
  const homeOf = ({ media }: Seat) => (media.receive.iceCandidates[0]?.port ?? 0) - studio.firstPort;
  const allReceive = (seats: readonly Seat[], more = 20) => {
    const before = seats.map(packetsOf);
    return waitFor(
      'everybody to receive',
      () => seats.every((seat, index) => packetsOf(seat) > (before[index] ?? 0) + more),
      { withinMs: 15_000 },
    );
  };

  test('viewers get the tracks of participants while the call is active, and nobody is notified of viewers', async () => {
    const callId = newCallId();
    const host = await studio.sit(callId, alice, ringing());
    await host.participant.publish(['microphone', 'camera']);
    const callee = await studio.sit(callId, bob, ringing());
    await callee.participant.publish(['microphone']);
    await waitFor('the caller to have the callee’s track', () => host.participant.receptions.size === 1);
    const viewer = await studio.watch(callId, 'vera', ringing());
    expect(viewer.media.subscriptions.map(({ userId, source }) => `${userId} ${source}`).sort()).toEqual([
      'alice camera',
      'alice microphone',
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(packetsOf(viewer)).toBe(0);
    const heard = [host.heard, callee.heard].map(({ length }) => length);

    expect(await studio.broadcasts.follow(callId, active(alice, bob))).toEqual([alice, bob]);
    await waitFor('the viewer to have all three tracks', () => viewer.participant.receptions.size === 3);
    await allReceive([viewer, host, callee]);
    await expect(viewer.participant.publish(['microphone'])).rejects.toEqual(callError('not_allowed'));
    expect(studio.broadcasts.ownerOf(viewer.sessionId)).toMatchObject({ asViewer: true });

    studio.broadcasts.leave(viewer.sessionId, 'left');
    await allReceive([host, callee]);
    const changes = (seat: Seat) => seat.heard.filter(({ method }) => method !== 'speakers');
    expect([host, callee].map((seat) => JSON.stringify(seat.heard)).join()).not.toContain('vera');
    expect(
      [changes(host).length, changes(callee).length].every((count, index) => count <= (heard[index] ?? 0) + 2),
    ).toBe(true);

    const late = await studio.watch(callId, 'vera', active(alice, bob));
    await studio.broadcasts.follow(callId, over());
    await waitFor('the viewer to hear that it is over', () =>
      studio.closed.some(({ sessionId, why }) => sessionId === late.sessionId && why === 'call_ended'),
    );
    await expect(studio.watch(callId, 'vera', over())).rejects.toEqual(callError('call_ended'));
  });

  test('viewers who arrive one after another cause few key frames at the sender, however many they are', async () => {
    await studio.stop();
    studio = await Studio.create({ workers: 1 });
    const { callId, host } = await onAir();
    await allReceive(await watch(callId, 1));
    const [before, began] = [host.participant.keyFramesAsked('camera'), performance.now()];
    const came: Seat[] = [];
    for (let index = 1; index <= 20; index += 1) came.push(...(await watch(callId, 1, index)));
    await waitFor('a picture for each', () => came.every((seat) => heardVideo(seat) !== undefined));
    const intervals = Math.ceil((performance.now() - began) / 300);
    // One more for an interval that had begun before.
    expect(host.participant.keyFramesAsked('camera') - before).toBeLessThanOrEqual(intervals + 1);
  });

  test('a broadcast that outgrows its worker places further viewers on another, without a gap for the others', async () => {
    await studio.stop();
    studio = await Studio.create({ workers: 2, outgrownAt: { consumers: 26, cpuShare: 0.9 } });
    const { callId, host } = await onAir();
    const home = homeOf(host);
    const first = await watch(callId, 12);
    expect(placesOf(first)[home]).toBe(12);
    await allReceive(first);
    const gaps = gapsOf(first);

    const began = performance.now();
    const further = await watch(callId, 11, 12);
    expect(placesOf(further)[1 - home]).toBe(11);
    await allReceive(further);
    const firstPictures = further.map((seat) => (heardVideo(seat) ?? Infinity) - began).sort((a, b) => a - b);
    console.log('11 join on the other worker, first key frame (ms):', firstPictures.map(Math.round).join(' '));
    expect(gaps.longest()).toBeLessThan(stoppedMs);
    expect(first.flatMap(changesHeard)).toEqual([]);
    expect(await census()).toEqual([expect.objectContaining({ routers: 1 }), expect.objectContaining({ routers: 1 })]);

    // Muted and unmuted at the source, at both ends of the pipe.
    await studio.broadcasts.pause(host.sessionId, host.participant.trackId('camera'), true);
    await studio.broadcasts.pause(host.sessionId, host.participant.trackId('microphone'), true);
    await silent(() => further.reduce((sum, seat) => sum + packetsOf(seat), 0));
    expect(further[0]?.heard.filter(({ method }) => method === 'subscription.paused')).toHaveLength(2);
    await studio.broadcasts.pause(host.sessionId, host.participant.trackId('camera'), false);
    await allReceive([...first, ...further], 5);

    // One who joins alone needs a key frame of the sender, through the pipe.
    const askedAt = performance.now();
    const [late] = await watch(callId, 1, 50);
    if (late === undefined) throw new Error('nobody joined');
    expect(placesOf([late])[1 - home]).toBe(1);
    const seen = await waitFor('a picture', () => heardVideo(late));
    console.log('a late viewer on the other worker has a picture after (ms):', Math.round(seen - askedAt));

    await studio.broadcasts.unpublish(host.sessionId, [host.participant.trackId('camera')]);
    await waitFor('the picture to be gone everywhere', () =>
      [...first, ...further].every(({ participant }) => participant.receptions.size === 1),
    );
    for (const { sessionId } of [...further, late]) studio.broadcasts.leave(sessionId, 'left');
    await waitFor('the other worker to carry nothing', async () => (await census())[1 - home]?.routers === 0);
    expect(studio.broadcasts.counts()).toMatchObject({ sessions: 13 });
  });

  test('a participant on a second worker is heard everywhere and hears everybody', async () => {
    const { callId, host } = await onAir();
    const home = homeOf(host);
    const near = await watch(callId, 3);
    const far = await watch(callId, 3, 3);
    const guest = await studio.sit(callId, bob, active(alice, bob));
    await guest.participant.publish(['microphone', 'camera']);
    expect([placesOf(far)[1 - home], homeOf(guest)]).toEqual([3, 1 - home]);
    await waitFor('all to have the tracks of both', () =>
      [...near, ...far].every(({ participant: { receptions } }) => receptions.size === 4),
    );
    await waitFor('all tracks to flow', () =>
      [host, guest, ...near, ...far].every(({ participant: { receptions } }) =>
        [...receptions.values()].every(({ packets }) => packets > 10),
      ),
    );
    await waitFor('the guest to be heard speaking', () =>
      host.heard.some((one) => one.method === 'speakers' && one.params.levels.some(({ userId }) => userId === 'bob')),
    );
  });

  test('if a worker that carries only viewers dies, only they lose media, and they come back elsewhere', async () => {
    const { callId, host } = await onAir();
    const home = homeOf(host);
    const near = await watch(callId, 3);
    const far = await watch(callId, 4, 3);
    await allReceive([...near, ...far]);
    const gaps = gapsOf(near);
    process.kill(studio.broadcasts.pool.workers()[1 - home]?.pid ?? 0, 'SIGKILL');
    await waitFor('the viewers there to hear of it', () => studio.closed.length === 4);
    expect(new Set(studio.closed.map(({ why, owner }) => `${why} ${String(owner.asViewer)}`))).toEqual(
      new Set(['media_lost true']),
    );
    expect(studio.closed.map(({ sessionId }) => sessionId).sort()).toEqual(
      far.map(({ sessionId }) => sessionId).sort(),
    );
    await waitFor('the worker to be replaced', () => studio.broadcasts.pool.workers()[1 - home]);
    const again = await watch(callId, 4, 3);
    await allReceive([...near, ...again]);
    expect(gaps.longest()).toBeLessThan(stoppedMs);
    expect(near.flatMap(changesHeard)).toEqual([]);
    expect(studio.broadcasts.counts()).toMatchObject({ broadcasts: 1, sessions: 8 });

    process.kill(studio.broadcasts.pool.workers()[home]?.pid ?? 0, 'SIGKILL');
    await waitFor('all to hear of it', () => studio.closed.length === 4 + 8);
    expect(studio.broadcasts.open()).toEqual([]);
    expect(studio.logged.join('\n')).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
  });

  test('a pause in progress when a worker dies does no harm', async () => {
    const { callId, host } = await onAir();
    const home = homeOf(host);
    const near = await watch(callId, 3);
    const far = await watch(callId, 3, 3);
    await allReceive(far);
    const camera = host.participant.trackId('camera');
    for (const paused of [true, false, true]) {
      const pausing = studio.broadcasts.pause(host.sessionId, camera, paused);
      if (paused) process.kill(studio.broadcasts.pool.workers()[1 - home]?.pid ?? 0, 'SIGKILL');
      await pausing;
      await waitFor('the worker to be replaced', () => studio.broadcasts.pool.workers()[1 - home]);
    }
    await studio.broadcasts.pause(host.sessionId, camera, false);
    await allReceive(near);
  });
});

/** Of what changed in their media: those who stay where they are hear of nothing. */
const changesHeard = ({ heard }: Seat) => heard.filter(({ method }) => method !== 'speakers');

const lookEveryMs = 5;
/** Media that pauses for so long was stopped; on a busy machine a worker may stand still for less. */
const stoppedMs = 5_000;

/**
 * The longest time without a packet of those who are in, in milliseconds of looks: while a busy machine holds this process
 * up, nobody looks.
 */
function gapsOf(seats: readonly Seat[]): { longest(): number } {
  const last = seats.map((seat) => ({ packets: packetsOf(seat), at: 0 }));
  let longest = 0;
  let now = 0;
  const timer = setInterval(() => {
    now += lookEveryMs;
    for (const [index, seat] of seats.entries()) {
      const before = last[index];
      if (before === undefined) continue;
      longest = Math.max(longest, now - before.at);
      if (packetsOf(seat) > before.packets) last[index] = { packets: packetsOf(seat), at: now };
    }
  }, lookEveryMs);
  return {
    longest: () => {
      clearInterval(timer);
      return longest;
    },
  };
}
