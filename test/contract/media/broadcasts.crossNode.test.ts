/** One broadcast, viewers on two nodes: real media workers of both, an encrypted pipe between them. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryNodeChannels } from '../../../src/adapters/memory/memoryNodeChannels.ts';
import { ChannelMessages } from '../../../src/adapters/routing/channelMessages.ts';
import type { CallId, NodeId } from '../../../src/domain/kernel/ids.ts';
import { cleanUpParticipants } from '../../support/participant.ts';
import { active, alice, bob, callError, heardVideo, over } from '../../support/participant/scenes.ts';
import { newCallId, packetsOf, Studio } from '../../support/participant/studio.ts';
import type { Seat } from '../../support/participant/studio.ts';
import { randomTail } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';

describe('a broadcast that is watched on another node', () => {
  const ownerId: NodeId = `node_${randomTail()}`;
  const otherId: NodeId = `node_${randomTail()}`;
  const broken: unknown[] = [];
  let said: string[];
  let owner: Studio;
  let other: Studio;

  beforeEach(async () => {
    const channels = new MemoryNodeChannels();
    said = [];
    const messagesOf = (nodeId: NodeId) => {
      const channel = channels.open(nodeId);
      const send = (to: NodeId, text: string) => {
        said.push(text);
        return channel.send(to, text);
      };
      const heard = { ...channel, send };
      return new ChannelMessages({ channel: heard, answerWithinMs: 5_000, onBroken: (error) => broken.push(error) });
    };
    owner = await Studio.create({ messages: messagesOf(ownerId) });
    other = await Studio.create({ messages: messagesOf(otherId) });
  });
  afterEach(async () => {
    await other.stop();
    await owner.stop();
    expect(broken).toEqual([]);
  });
  afterAll(() => {
    cleanUpParticipants();
  });

  const onAir = async (): Promise<{ callId: CallId; host: Seat }> => {
    const callId = newCallId();
    const host = await owner.sit(callId, alice, active(alice));
    await host.participant.publish(['microphone', 'camera']);
    return { callId, host };
  };
  const watch = (callId: CallId, count: number, from = 0) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        other.watch(callId, `viewer${from + index}`, active(alice, bob), ownerId),
      ),
    );
  const receive = (seats: readonly Seat[], more = 20) => {
    const before = seats.map(packetsOf);
    return waitFor('everybody to receive', () =>
      seats.every((seat, index) => packetsOf(seat) > (before[index] ?? 0) + more),
    );
  };
  const census = (studio: Studio) =>
    Promise.all(studio.broadcasts.pool.workers().map(async (worker) => (await worker?.census())?.routers));

  test('each track crosses once for all viewers there; joins, leaves, mutes and speakers are reported there too', async () => {
    const { callId, host } = await onAir();
    const near = await owner.watch(callId, 'near', active(alice, bob));
    const began = performance.now();
    const far = await watch(callId, 5);
    await receive([near, ...far]);
    const pictures = far.map((seat) => Math.round((heardVideo(seat) ?? Infinity) - began));
    console.log('five viewers on another node, first key frame (ms):', pictures.join(' '));
    expect(far.flatMap(({ media }) => media.receive.iceCandidates.map(({ port }) => port))).not.toContain(
      owner.firstPort,
    );
    expect([owner.broadcasts.counts(), other.broadcasts.counts()]).toMatchObject([
      { sessions: 2, producers: 2 },
      { sessions: 5, consumers: 10 },
    ]);
    expect(said.filter((text) => text.includes('"openPipe"'))).toHaveLength(1);
    await waitFor('the viewers to hear who speaks', () =>
      far.every(({ heard }) => heard.some((one) => one.method === 'speakers' && one.params.active === 'alice')),
    );

    const guest = await owner.sit(callId, bob, active(alice, bob));
    await owner.broadcasts.follow(callId, active(alice, bob));
    await guest.participant.publish(['microphone']);
    await waitFor('the guest’s track at all', () => far.every(({ participant }) => participant.receptions.size === 3));
    await owner.broadcasts.pause(host.sessionId, host.participant.trackId('camera'), true);
    await waitFor('the pause to be told', () =>
      far.every(({ heard }) => heard.some((one) => one.method === 'subscription.paused' && one.params.paused)),
    );
    const atPause = far.map(packetsOf);
    await owner.broadcasts.pause(host.sessionId, host.participant.trackId('camera'), false);
    await waitFor('the picture again', () =>
      far.every(
        ({ participant: { receptions } }, index) =>
          [...receptions.values()].some(({ subscription, packets }) => subscription.kind === 'video' && packets > 0) &&
          packetsOf(far[index] ?? near) > (atPause[index] ?? 0) + 100,
      ),
    );
    owner.broadcasts.leave(host.sessionId, 'left');
    await waitFor('the tracks of who left to be gone', () =>
      far.every(({ participant }) => participant.receptions.size === 1),
    );
    await receive(far);

    await owner.broadcasts.follow(callId, over());
    owner.broadcasts.close(callId);
    await waitFor('all to hear that it is over', () => other.closed.length === 5);
    expect(new Set(other.closed.map(({ why }) => why))).toEqual(new Set(['call_ended']));
    expect([await census(owner), await census(other)]).toEqual([[0], [0]]);
    expect(owner.logged.concat(other.logged).join('\n')).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
  });

  test('the pipe is closed with the last viewer, and opened again for the next', async () => {
    const { callId } = await onAir();
    const [one, two] = await watch(callId, 2);
    if (one === undefined || two === undefined) throw new Error('nobody came');
    await receive([one, two]);
    other.broadcasts.leave(one.sessionId, 'left');
    await receive([two]);
    other.broadcasts.leave(two.sessionId, 'left');
    await waitFor('the router to be gone', async () => (await census(other))[0] === 0);
    await waitFor('the owner to hear of it', () => said.some((text) => text.includes('"closePipe"')));
    await receive(await watch(callId, 2, 7));
    expect(owner.broadcasts.counts()).toMatchObject({ sessions: 1, producers: 2 });
  });

  test('if any worker or the owner dies, the viewers are notified and come back', async () => {
    const { callId } = await onAir();
    await receive(await watch(callId, 2));
    process.kill(other.broadcasts.pool.workers()[0]?.pid ?? 0, 'SIGKILL');
    await waitFor('the viewers to hear of it', () => other.closed.length === 2);
    await waitFor('the worker to be replaced', () => other.broadcasts.pool.workers()[0]);
    await receive(await watch(callId, 2, 2));

    process.kill(owner.broadcasts.pool.workers()[0]?.pid ?? 0, 'SIGKILL');
    await waitFor('the viewers to hear of it', () => other.closed.length === 4);
    await waitFor('the worker to be replaced', () => owner.broadcasts.pool.workers()[0]);
    const host = await owner.sit(callId, alice, active(alice, bob));
    await host.participant.publish(['microphone', 'camera']);
    await receive(await watch(callId, 2, 4));

    other.broadcasts.nodeGone(ownerId);
    await waitFor('the viewers to hear of it', () => other.closed.length === 6);
    expect(new Set(other.closed.map(({ why }) => why))).toEqual(new Set(['media_lost']));
    owner.broadcasts.nodeGone(otherId);
    const nobody: NodeId = `node_${randomTail()}`;
    await expect(other.watch(callId, 'late', active(alice, bob), nobody)).rejects.toEqual(callError('unavailable'));
  });
});
