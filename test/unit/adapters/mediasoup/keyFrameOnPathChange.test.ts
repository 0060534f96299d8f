import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { askForPicturesAfterMoves } from '../../../../src/adapters/mediasoup/session/keyFrameOnPathChange.ts';
import type { Received, Receiver } from '../../../../src/adapters/mediasoup/session/keyFrameOnPathChange.ts';

/** Whom a picture was asked for, in order. */
let asked: string[];
beforeEach(() => {
  jest.useFakeTimers();
  asked = [];
});
afterEach(() => {
  jest.useRealTimers();
});

class Transport extends EventEmitter {
  closed = false;
  move(): void {
    this.emit('iceselectedtuplechange');
  }
}

interface Wanted {
  readonly name: string;
  readonly track: object;
  readonly kind?: 'audio' | 'video';
  readonly paused?: boolean;
  readonly spatialLayer?: number;
}

const received = ({ name, track, kind = 'video', paused = false, spatialLayer = 2 }: Wanted): Received => ({
  track,
  consumer: {
    kind,
    paused,
    closed: false,
    producerId: 'their camera',
    currentLayers: { spatialLayer },
    requestKeyFrame: () => {
      asked.push(name);
      return Promise.resolve();
    },
  },
});

const receiver = (on: string, ...wanted: readonly Wanted[]): Receiver => ({
  broadcastRouter: { router: { id: on } },
  tracks: new Map(),
  subscriptions: new Map(wanted.map((one) => [one.name, received(one)])),
});

const after = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const camera = {};

function watched(session: Receiver, ...others: readonly Receiver[]) {
  const transports = { send: new Transport(), receive: new Transport() };
  askForPicturesAfterMoves(session, transports, () => [session, ...others]);
  return transports;
}

test('a subscriber whose path changes gets key frames of video, and none of audio or paused tracks', async () => {
  const { receive } = watched(
    receiver(
      'router',
      { name: 'camera', track: camera },
      { name: 'voice', track: {}, kind: 'audio' },
      { name: 'paused', track: {}, paused: true },
    ),
  );
  receive.move();
  await after(0);
  expect(asked).toEqual(['camera']);
});

test('a sender whose path changes is asked for key frames once for each router and layer', async () => {
  const mover: Receiver = { ...receiver('one', { name: 'own', track: {} }), tracks: new Map([['camera', camera]]) };
  const { send } = watched(
    mover,
    receiver('one', { name: 'first', track: camera }, { name: 'of another', track: {} }),
    receiver('one', { name: 'same', track: camera }),
    receiver('one', { name: 'smaller', track: camera, spatialLayer: 0 }),
    receiver('other', { name: 'elsewhere', track: camera }),
  );
  send.move();
  await after(0);
  expect(asked).toEqual(['first', 'smaller', 'elsewhere']);
});

test('a path that changes with every packet causes two requests a second, and the last change counts', async () => {
  const { receive } = watched(receiver('router', { name: 'camera', track: camera }));
  for (let times = 0; times < 100; times += 1) {
    receive.move();
    await after(10);
  }
  await after(1_000);
  expect(asked).toHaveLength(3);
});

test('closed tracks cause no request', async () => {
  const { receive } = watched(receiver('router', { name: 'camera', track: camera }));
  receive.move();
  receive.closed = true;
  await after(1_000);
  expect(asked).toEqual([]);
});
