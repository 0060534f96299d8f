import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { VeilcastError } from '../../../../src/client/support/errors.ts';
import { IceRestart } from '../../../../src/client/ice/iceRestart.ts';

/** What happened, in order. */
let log: string[];
/** Whether anything comes over new paths. */
let heard: boolean;
let asked: () => Promise<void>;
let asks: number;
let gone: number;
let closed: boolean;
let iceRestart: IceRestart;
let updates: () => Promise<void>;
/** What the browser reports of its paths, when it has got so many answers. */
let report: (responsesReceived: number) => Record<string, unknown>[];
let restarted: () => unknown;

const restarts = () => log.filter((one) => one.startsWith('restart'));

beforeEach(() => {
  jest.useFakeTimers();
  [log, heard, asks, gone, closed] = [[], true, 0, 0, false];
  asked = () => Promise.resolve();
  updates = () => Promise.resolve();
  restarted = () => undefined;
  report = (responsesReceived) => [{ type: 'candidate-pair', id: 'pair', responsesReceived }];
  let responsesReceived = 1;
  const transport = {
    get closed() {
      return closed;
    },
    connectionState: 'connected',
    getStats: () => {
      if (heard) responsesReceived += 1;
      return Promise.resolve(new Map(report(responsesReceived).map((entry) => [String(entry['id']), entry])));
    },
    restartIce: ({ iceParameters: { usernameFragment } }: { iceParameters: { usernameFragment: string } }) => {
      log.push(`restart with ${usernameFragment}`);
      restarted();
      return Promise.resolve();
    },
    updateIceServers: () => updates(),
  };
  iceRestart = new IceRestart({
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

test('stored credentials are used without a request, and new ones are fetched for the next time', async () => {
  await iceRestart.prepare();
  await iceRestart.prepare();
  expect(log).toEqual(['ask']);
  void iceRestart.heal();
  await after(150);
  expect(log).toEqual(['ask', 'restart with credential 1', 'ask']);
  await after(10_000);
  void iceRestart.heal();
  await after(150);
  expect(log.slice(3)).toEqual(['restart with credential 2', 'ask']);
});

test('without stored credentials they are requested', async () => {
  void iceRestart.heal();
  await after(150);
  expect(log).toEqual(['ask', 'restart with credential 1', 'ask']);
});

test('a path without arriving packets is no path: other restarts follow until packets arrive', async () => {
  await iceRestart.prepare();
  heard = false;
  void iceRestart.heal();
  await after(3_000);
  expect(log.slice(0, 4)).toEqual(['ask', 'restart with credential 1', 'ask', 'restart with credential 2']);
  heard = true;
  await after(6_000);
  const before = log.length;
  await after(20_000);
  expect(log.length).toBe(before);
  expect(log.at(-1)).toBe('ask');
});

test('only one ICE restart at a time', async () => {
  await iceRestart.prepare();
  void iceRestart.heal();
  void iceRestart.heal();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart'))).toEqual(['restart with credential 1']);
});

test('a session that the server no longer knows is reported once', async () => {
  asked = () => Promise.reject(new VeilcastError('session_not_found'));
  await iceRestart.heal();
  expect(gone).toBe(1);
});

test('while the server is unreachable it repeats the request, and stops with its transport', async () => {
  asked = () => Promise.reject(new VeilcastError('disconnected'));
  const healed = iceRestart.heal();
  await after(2_000);
  expect(asks).toBeGreaterThan(1);
  closed = true;
  await after(6_000);
  await healed;
});

test('when in doubt, a path just found is left alone and checked later', async () => {
  await iceRestart.prepare();
  void iceRestart.heal();
  await after(150);
  void iceRestart.doubt();
  await after(1_000);
  expect(log.filter((one) => one.startsWith('restart'))).toHaveLength(1);
  await after(5_000);
  void iceRestart.doubt();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart'))).toHaveLength(2);
});

test('two transports that need credentials at once send one request, since the server keeps only the last', async () => {
  const answers: (() => void)[] = [];
  asked = () => new Promise((resolve) => answers.push(resolve));
  void iceRestart.prepare();
  void iceRestart.heal();
  await after(50);
  expect(asks).toBe(1);
  answers.shift()?.();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart'))).toEqual(['restart with credential 1']);
  answers.shift()?.();
  await after(10_000);
  void iceRestart.heal();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart'))).toEqual([
    'restart with credential 1',
    'restart with credential 2',
  ]);
});

test('credentials delayed by a lost socket are requested when it is back', async () => {
  await iceRestart.prepare();
  asked = () => Promise.reject(new VeilcastError('disconnected'));
  void iceRestart.heal();
  await after(150);
  expect(asks).toBe(2);
  asked = () => Promise.resolve();
  void iceRestart.doubt();
  await after(10);
  expect(asks).toBe(3);
  await after(10_000);
  void iceRestart.heal();
  await after(150);
  expect(log.filter((one) => one.startsWith('restart')).at(-1)).toBe('restart with credential 3');
});

describe('a browser with fewer features', () => {
  test('cannot change TURN servers, and still restarts', async () => {
    updates = () => Promise.reject(new Error('UnsupportedError'));
    void iceRestart.heal();
    await after(150);
    expect(log).toEqual(['ask', 'restart with credential 1', 'ask']);
  });

  test('has no counters: the state of the transport tells whether there is a path', async () => {
    report = () => [];
    void iceRestart.heal();
    await after(20_000);
    expect(restarts()).toHaveLength(1);
  });
});

test('a path lost again and again is not restarted each time', async () => {
  const times: number[] = [];
  restarted = () => times.push(Date.now());
  for (let round = 0; round < 40; round += 1) {
    heard = false;
    void iceRestart.heal();
    await after(400);
    heard = true;
    await after(100);
  }
  // Forty losses in 20 s.
  expect(times.length).toBeLessThan(10);
});

test('without a path, restarts come with growing pauses', async () => {
  const times: number[] = [];
  restarted = () => times.push(Date.now());
  heard = false;
  void iceRestart.heal();
  await after(60_000);
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(times.length).toBeLessThan(20);
  expect(Math.min(...pauses)).toBeGreaterThan(1_000);
  expect(Math.min(...pauses.slice(-3))).toBeGreaterThan(3_000);
});

test('a path that comes late is used without another restart', async () => {
  heard = false;
  void iceRestart.heal();
  await after(1_150);
  heard = true;
  await after(20_000);
  expect(restarts()).toHaveLength(1);
});
