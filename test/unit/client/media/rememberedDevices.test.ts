/** What a reload knows of the devices that were on: nothing wherever that is not sure. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { forgetDevices, recallDevices, rememberDevices } from '../../../../src/client/media/rememberedDevices.ts';
import type { DeviceStorage } from '../../../../src/client/media/rememberedDevices.ts';

const call = 'call_0123456789012345678901';
const other = 'call_1123456789012345678901';
const devices = { microphone: true, camera: false, lastEvent: 7 };

let kept: Map<string, string>;
let isFull: boolean;

const storage: DeviceStorage = {
  getItem: (key) => kept.get(key) ?? null,
  removeItem: (key) => {
    kept.delete(key);
  },
  setItem: (key, value) => {
    if (isFull) throw new Error('QuotaExceededError');
    kept.set(key, value);
  },
};

beforeEach(() => {
  kept = new Map();
  isFull = false;
});

test('is what was written last, for each call alone', () => {
  rememberDevices(call, { ...devices, camera: true }, storage);
  rememberDevices(call, devices, storage);
  expect(recallDevices(call, storage)).toEqual(devices);
  expect(recallDevices(other, storage)).toBeUndefined();
  forgetDevices(call, storage);
  expect(kept.size).toBe(0);
});

describe('is nothing', () => {
  test.each([
    ['no JSON', 'microphone'],
    ['a list', '[]'],
    ['a device that is neither on nor off', '{"microphone":"true","camera":false,"lastEvent":7}'],
    ['a device that is not named', '{"microphone":true,"lastEvent":7}'],
    ['no event', '{"microphone":true,"camera":true}'],
    ['an event before all others', '{"microphone":true,"camera":true,"lastEvent":-1}'],
  ])('when the storage holds %s', (_what, text) => {
    rememberDevices(call, devices, storage);
    for (const key of kept.keys()) kept.set(key, text);
    expect(recallDevices(call, storage)).toBeUndefined();
  });

  test('when the storage is full: an older entry may say that more is on than is', () => {
    rememberDevices(call, { ...devices, camera: true }, storage);
    isFull = true;
    rememberDevices(call, devices, storage);
    expect(recallDevices(call, storage)).toBeUndefined();
  });

  test('when there is no storage, or it may not be read', () => {
    expect(recallDevices(call)).toBeUndefined();
    const closed = {
      ...storage,
      getItem: () => {
        throw new Error('SecurityError');
      },
    };
    expect(recallDevices(call, closed)).toBeUndefined();
  });
});
