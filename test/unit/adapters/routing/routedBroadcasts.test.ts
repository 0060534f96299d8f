/** Nodes over the memory twin of their channel, with broadcasts that have no media. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { MemoryNodeChannels } from '../../../../src/adapters/memory/memoryNodeChannels.ts';
import { ChannelMessages } from '../../../../src/adapters/routing/channelMessages.ts';
import { RoutedBroadcasts } from '../../../../src/adapters/routing/routedBroadcasts.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import type { NodeId, SessionId } from '../../../../src/domain/kernel/ids.ts';
import type { NodeChannel } from '../../../../src/ports/cluster/nodeChannel.ts';
import type { Subscription } from '../../../../src/protocol/socket/notifications.ts';
import { advanceUntil } from '../../../support/advanceUntil.ts';
import { randomTail } from '../../../support/redis/redis.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { LocalBroadcasts, unknownTrack } from './localBroadcasts.ts';

const callId = 'call_0123456789012345678901';
const device = { userId: 'alice', deviceId: 'alice-phone' };
const admission = (version = 1) => ({
  version,
  leastOwnerTerm: 1,
  flowing: true,
  admitted: [device],
  onHold: new Set(['bob']),
  welcome: new Set(['alice', 'bob']),
});
const answerWithinMs = 3_000;
/** The channel of the nodes stays real: it sends by `setImmediate`. */
const fakeClock = () => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
const open: { close(): void }[] = [];
afterEach(() => {
  jest.useRealTimers();
  for (const one of open.splice(0)) one.close();
});

interface NodeUnderTest {
  readonly nodeId: NodeId;
  readonly local: LocalBroadcasts;
  readonly routed: RoutedBroadcasts;
  readonly heard: unknown[];
  /** Messages that it sent. */
  readonly sent: string[];
  /** While true nothing leaves it. */
  cut: boolean;
  gap: () => void;
  die(): void;
}

function nodesOver(channels = new MemoryNodeChannels()) {
  return (): NodeUnderTest => {
    const channel = channels.open(`node_${randomTail()}`);
    open.push(channel);
    const gaps = new Set<() => void>();
    const node: NodeUnderTest = {
      nodeId: channel.nodeId,
      local: new LocalBroadcasts(),
      heard: [],
      sent: [],
      cut: false,
      gap: () => {
        for (const listener of gaps) listener();
      },
      die: () => {
        channel.close();
      },
      get routed() {
        return routed;
      },
    };
    const watched: NodeChannel = {
      ...channel,
      send: (to, text) => {
        if (node.cut) return Promise.reject(new CallError('unavailable'));
        node.sent.push(text);
        return channel.send(to, text);
      },
      onGap: (listener) => gaps.add(listener),
    };
    const messages = new ChannelMessages({
      channel: watched,
      answerWithinMs,
      onBroken: (error) => node.heard.push(['broken', error]),
    });
    const routed = new RoutedBroadcasts({ local: node.local, messages });
    routed.listen({
      notify: (_sessionId, { method }) => node.heard.push(method),
      closed: (_sessionId, owner, why) => node.heard.push(['closed', owner, why]),
      taken: () => node.heard.push('taken'),
      cutOff: () => node.heard.push('cutOff'),
    });
    return node;
  };
}

const newSession = (): SessionId => `ses_${randomTail()}`;
function join(node: NodeUnderTest, owner: NodeUnderTest, sessionId = newSession(), ownerTerm = 1) {
  const { routerRtpCapabilities: rtpCapabilities } = node.routed;
  const request = {
    callId,
    sessionId,
    device,
    ownerTerm,
    rtpCapabilities,
    mayPublish: true,
    admission: admission(),
  } as const;
  return node.routed.join(request, owner.nodeId).then(() => sessionId);
}

const subscription = (id: number, paused = false): Subscription => ({
  subscriptionId: uuid(id),
  producerId: uuid(id),
  userId: 'bob',
  kind: 'audio',
  source: 'microphone',
  paused,
  rtpParameters: {
    codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48000 }],
    encodings: [{ ssrc: id }],
  },
});
const uuid = (id: number): string => `3f0e7f0a-7f63-4d0c-9d9b-${String(id).padStart(12, '0')}`;

function tellAdded(owner: NodeUnderTest, sessionId: SessionId, ...ids: readonly number[]): void {
  const subscriptions = ids.map((id) => subscription(id));
  owner.local.subscriptions.set(sessionId, [...(owner.local.subscriptions.get(sessionId) ?? []), ...subscriptions]);
  owner.local.listener?.notify(sessionId, { method: 'subscription.added', params: { sessionId, subscriptions } });
}
const subscribed = (node: NodeUnderTest, sessionId: SessionId) =>
  node.routed.subscriptionsOf(sessionId).map(({ subscriptionId }) => subscriptionId);

test('a session of a call owned here sends no message between nodes', async () => {
  const open = nodesOver();
  const [here] = [open(), open()];
  const sessionId = await join(here, here);
  await here.routed.publish(sessionId, []);
  await here.routed.take({ callId, sessionId, device });
  tellAdded(here, sessionId, 1);
  await here.routed.follow(callId, admission(2));
  here.routed.leave(sessionId, 'left');
  expect(here.sent).toEqual([]);
  expect(here.heard).toEqual(['subscription.added']);
});

test('a session elsewhere is requested from its owner, and its notifications arrive once', async () => {
  const open = nodesOver();
  const [here, owner, other] = [open(), open(), open()];
  const sessionId = await join(here, owner);
  expect(owner.local.asked).toEqual([['join', callId, admission()]]);
  expect(here.routed.ownerOf(sessionId)).toEqual({ callId, device, ownerTerm: 1 });
  await here.routed.pause(sessionId, uuid(1), true);
  expect((await here.routed.restartIce(sessionId, 'send')).password).toBe('p');
  await expect(here.routed.unpublish(sessionId, [unknownTrack])).rejects.toMatchObject({ code: 'track_not_found' });
  tellAdded(owner, sessionId, 1);
  await waitFor('the change', () => here.heard.length === 1);
  expect(subscribed(here, sessionId)).toEqual([uuid(1)]);
  owner.local.listener?.closed(sessionId, { callId, device, ownerTerm: 1 }, 'replaced');
  await waitFor('the end', () => here.heard.length === 2);
  expect(here.heard[1]).toEqual(['closed', { callId, device, ownerTerm: 1 }, 'replaced']);
  expect(here.routed.ownerOf(sessionId)).toBeUndefined();
  expect([...owner.heard, ...other.heard, ...other.local.asked, ...here.local.asked]).toEqual([]);
});

test('tracks announced before the answer to a join are in its subscriptions, and none is missed between', async () => {
  const open = nodesOver();
  const [here, owner] = [open(), open()];
  const sessionId = newSession();
  owner.local.whileJoining = () => {
    owner.local.sessions.set(sessionId, { callId, device, ownerTerm: 1 });
    tellAdded(owner, sessionId, 1);
  };
  const joined = join(here, owner, sessionId);
  await waitFor('the join', () => owner.local.sessions.has(sessionId));
  tellAdded(owner, sessionId, 2);
  await joined;
  await waitFor('both', () => subscribed(here, sessionId).length === 2);
});

test('a session taken over by another node is forgotten by the previous one, which cannot use it any more', async () => {
  const open = nodesOver();
  const [before, owner, after] = [open(), open(), open()];
  const sessionId = await join(before, owner);
  await after.routed.take({ callId, sessionId, device, nodeId: owner.nodeId });
  await waitFor('the first to hear of it', () => before.heard.includes('taken'));
  await expect(before.routed.pause(sessionId, uuid(1), true)).rejects.toMatchObject({ code: 'session_not_found' });
  await after.routed.pause(sessionId, uuid(1), true);
  await owner.routed.take({ callId, sessionId, device });
  await waitFor('the second to hear of it', () => after.heard.includes('taken'));
  await before.routed.take({ callId, sessionId, device, nodeId: owner.nodeId });
  await waitFor('its own sockets to hear of it', () => owner.heard.includes('taken'));
  const thief = { userId: 'mallory', deviceId: 'mallory-phone' };
  for (const node of [before, owner, after]) {
    const claim = node.routed.take({ callId, sessionId, device: thief, nodeId: owner.nodeId });
    await expect(claim).rejects.toMatchObject({ code: 'session_not_found' });
  }
});

test('a join without an answer in time leaves no session', async () => {
  const open = nodesOver();
  const [here, owner] = [open(), open()];
  let end: () => void = () => undefined;
  owner.local.whileJoining = () => new Promise<void>((resolve) => (end = resolve));
  fakeClock();
  const unavailable = expect(join(here, owner)).rejects.toMatchObject({ code: 'unavailable' });
  await advanceUntil('the time limit', () => here.sent.length === 2);
  await unavailable;
  jest.useRealTimers();
  await waitFor('the owner to be told', () => owner.local.asked.length === 1);
  end();
  await waitFor('the session to have gone', () => owner.local.asked.length === 3);
  expect(owner.local.sessions.size).toBe(0);
});

test('when the owner dies, requests fail at once and its sessions are lost', async () => {
  const open = nodesOver();
  const [here, owner] = [open(), open()];
  const sessionId = await join(here, owner);
  owner.die();
  const asked = here.routed.pause(sessionId, uuid(1), true);
  here.routed.nodeGone(owner.nodeId);
  await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
  expect(here.heard).toEqual([['closed', { callId, device, ownerTerm: 1 }, 'media_lost']]);
  expect(here.routed.ownerOf(sessionId)).toBeUndefined();
});

test('when the node of a socket dies, the owner is told which sessions are cut off, and keeps them', async () => {
  const open = nodesOver();
  const [here, owner, other] = [open(), open(), open()];
  const sessionId = await join(here, owner);
  await join(other, owner);
  here.die();
  owner.routed.nodeGone(here.nodeId);
  expect(owner.heard).toEqual(['cutOff']);
  await other.routed.take({ callId, sessionId, device, nodeId: owner.nodeId });
  expect(other.routed.ownerOf(sessionId)).toEqual({ callId, device, ownerTerm: 1 });
});

test('after a change of owner, lost sessions close, kept ones stay, and later calls need no further request', async () => {
  const open = nodesOver();
  const [here, owner] = [open(), open()];
  const sessionId = await join(here, owner);
  here.routed.moved({ callId, device, ownerTerm: 1, lost: true });
  const before = here.sent.length;
  for (let count = 0; count < 3; count += 1) here.routed.moved({ callId, device, ownerTerm: 2, lost: false });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(here.sent.length - before).toBe(1);
  expect(here.routed.ownerOf(sessionId)).toBeDefined();
  here.routed.moved({ callId, device, ownerTerm: 3, lost: true });
  expect(here.heard).toEqual([['closed', { callId, device, ownerTerm: 1 }, 'media_lost']]);

  const second = await join(here, owner);
  fakeClock();
  owner.die();
  here.routed.moved({ callId, device, ownerTerm: 4, lost: false });
  await advanceUntil('silence to be taken for a loss', () => here.heard.length === 2);
  expect(here.routed.ownerOf(second)).toBeUndefined();
});

test('after a gap the client gets what it missed, once; a session that is gone is lost', async () => {
  const open = nodesOver();
  const [here, owner] = [open(), open()];
  const [first, second] = [await join(here, owner), await join(here, owner)];
  tellAdded(owner, first, 1, 2);
  await waitFor('the change', () => here.heard.length === 1);
  owner.local.subscriptions.set(first, [subscription(2, true), subscription(3)]);
  owner.local.sessions.delete(second);
  here.gap();
  await waitFor('all that was missed', () => here.heard.length === 5);
  const added = ['subscription.added', 'subscription.removed', 'subscription.added', 'subscription.paused'];
  expect(here.heard.filter((one) => typeof one === 'string')).toEqual(added);
  expect(here.heard).toContainEqual(['closed', { callId, device, ownerTerm: 1 }, 'media_lost']);
  here.gap();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(here.heard).toHaveLength(5);
});

test('a notification that the owner could not send is sent as soon as possible', async () => {
  const open = nodesOver();
  const [here, owner] = [open(), open()];
  const [first, second] = [await join(here, owner), await join(here, owner)];
  fakeClock();
  owner.cut = true;
  tellAdded(owner, first, 1);
  tellAdded(owner, first, 2);
  owner.local.sessions.delete(second);
  owner.local.listener?.closed(second, { callId, device, ownerTerm: 1 }, 'answered_elsewhere');
  await jest.advanceTimersByTimeAsync(50);
  expect(here.heard).toEqual([]);
  owner.cut = false;
  await advanceUntil('both words', () => here.heard.length === 2);
  expect(here.heard).toContainEqual(['closed', { callId, device, ownerTerm: 1 }, 'answered_elsewhere']);
  expect(subscribed(here, first)).toEqual([uuid(1), uuid(2)]);
});

test('an owner applies a call that changed while the session was created, and gets each version once', async () => {
  const open = nodesOver();
  const [here, owner] = [open(), open()];
  await join(here, owner);
  for (const version of [1, 2, 2, 3]) await here.routed.follow(callId, admission(version));
  await waitFor('both', () => owner.local.asked.length === 3);
  expect(owner.local.asked.slice(1)).toEqual([
    ['follow', callId, admission(2)],
    ['follow', callId, admission(3)],
  ]);
  here.routed.close(callId);
  await waitFor('the end', () => owner.local.asked.length === 4);
});

test('a session lost on this node continues at the new owner if participants came through this node', async () => {
  const open = nodesOver();
  const [here, owner] = [open(), open()];
  await join(here, owner);
  here.routed.close(callId, 'media_lost');
  await here.routed.follow(callId, admission(2));
  await waitFor('the next word', () => owner.local.asked.length === 2);
  expect(owner.local.asked.slice(1)).toEqual([['follow', callId, admission(2)]]);
  here.routed.close(callId);
  await waitFor('the end', () => owner.local.asked.length === 3);
});
