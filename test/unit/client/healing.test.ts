import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { VeilcastError } from '../../../src/client/errors.ts';
import { Healing } from '../../../src/client/healing.ts';

/** What happened, in order. */
let log: string[];
/** Whether anything comes over new paths. */
let heard: boolean;
let asked: () => Promise<void>;
let asks: number;
let gone: number;
let closed: boolean;
let healing: Healing;

beforeEach(() => {
  jest.useFakeTimers();
  [log, heard, asks, gone, closed] = [[], true, 0, 0, false];
  asked = () => Promise.resolve();
  let responsesReceived = 1;
  const transport = {
    get closed() {
      return closed;
    },
    connectionState: 'connected',
    getStats: () => {
      if (heard) responsesReceived += 1;
      return Promise.resolve(new Map([['pair', { type: 'candidate-pair', id: 'pair', responsesReceived }]]));
    },
    restartIce: ({ iceParameters: { usernameFragment } }: { iceParameters: { usernameFragment: string } }) => {
      log.push(`restart with ${usernameFragment}`);
      return Promise.resolve();
    },
    updateIceServers: () => Promise.resolve(),
  };
  healing = new Healing({
    transport,
    ask: async () => {
      asks += 1;
      const name = `credential ${asks}`;
      log.push('ask');
      await asked();
      return { iceParameters: { usernameFragment: name, password: 'secret' }, iceServers: [] };
    },
    gone: () => (gone += 1),
  });
});
afterEach(() => {
  jest.useRealTimers();
});

const after = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('with credentials at hand nothing is asked first, and others are kept for the next time', async () => {
  await healing.prepare();
  await healing.prepare();
  expect(log).toEqual(['ask']);
  void healing.heal();
  await after(150);
  expect(log).toEqual(['ask', 'restart with credential 1', 'ask']);
  void healing.heal();
  await after(150);
  expect(log.slice(3)).toEqual(['restart with credential 2', 'ask']);
});

test('without them they are asked for', async () => {
  void healing.heal();
  await after(150);
  expect(log).toEqual(['ask', 'restart with credential 1', 'ask']);
});

test('a path over which nothing comes is no path: it goes on with others until something does', async () => {
  await healing.prepare();
  heard = false;
  void healing.heal();
  await after(3_000);
  expect(log.slice(0, 4)).toEqual(['ask', 'restart with credential 1', 'ask', 'restart with credential 2']);
  heard = true;
  await after(6_000);
  const before = log.length;
  await after(20_000);
  expect(log.length).toBe(before);
  expect(log.at(-1)).toBe('ask');
});

test('one healing at a time', async () => {
  await healing.prepare();
  void healing.heal();
  void healing.heal();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart'))).toEqual(['restart with credential 1']);
});

test('a session that the server does not know any more is told once', async () => {
  asked = () => Promise.reject(new VeilcastError('session_not_found'));
  await healing.heal();
  expect(gone).toBe(1);
});

test('while the server is away it asks again, and ends with its transport', async () => {
  asked = () => Promise.reject(new VeilcastError('disconnected'));
  const healed = healing.heal();
  await after(2_000);
  expect(asks).toBeGreaterThan(1);
  closed = true;
  await after(6_000);
  await healed;
});

test('in doubt a path that was just found is left alone, and looked for again later', async () => {
  await healing.prepare();
  void healing.heal();
  await after(150);
  void healing.doubt();
  await after(1_000);
  expect(log.filter((one) => one.startsWith('restart'))).toHaveLength(1);
  await after(5_000);
  void healing.doubt();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart'))).toHaveLength(2);
});

test('two that need credentials at once ask once: the server forgets what it gave before the last', async () => {
  const answers: (() => void)[] = [];
  asked = () => new Promise((resolve) => answers.push(resolve));
  void healing.prepare();
  void healing.heal();
  await after(50);
  expect(asks).toBe(1);
  answers.shift()?.();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart'))).toEqual(['restart with credential 1']);
  answers.shift()?.();
  await after(150);
  void healing.heal();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart'))).toEqual([
    'restart with credential 1',
    'restart with credential 2',
  ]);
});

test('credentials that a lost socket kept away are asked for when it is back', async () => {
  await healing.prepare();
  asked = () => Promise.reject(new VeilcastError('disconnected'));
  void healing.heal();
  await after(150);
  expect(asks).toBe(2);
  asked = () => Promise.resolve();
  void healing.doubt();
  await after(10);
  expect(asks).toBe(3);
  void healing.heal();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart')).at(-1)).toBe('restart with credential 3');
});
