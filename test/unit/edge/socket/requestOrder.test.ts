/** One client's requests take effect in the order in which they were sent. */
import { beforeEach, expect, jest, test } from '@jest/globals';
import { RequestOrder } from '../../../../src/edge/socket/requestOrder.ts';
import type { RequestOrderKind } from '../../../../src/protocol/socket/requests.ts';

let order: RequestOrder;
let began: string[];
/** Ends what has begun, or will. */
let end: (name: string, failing?: Error) => void;
let ask: (name: string, kind: RequestOrderKind, about?: string) => Promise<unknown>;

beforeEach(() => {
  jest.useRealTimers();
  order = new RequestOrder();
  // What an earlier test has left waiting begins in its own list.
  const here: string[] = [];
  began = here;
  const ends = new Map<string, { promise: Promise<void>; settle: (failing?: Error) => void }>();
  const endOf = (name: string) => {
    const there = ends.get(name);
    if (there !== undefined) return there;
    let settle: (failing?: Error) => void = () => undefined;
    const promise = new Promise<void>((resolve, reject) => {
      settle = (failing) => {
        if (failing === undefined) resolve();
        else reject(failing);
      };
    });
    ends.set(name, { promise, settle });
    return { promise, settle };
  };
  end = (name, failing) => {
    endOf(name).settle(failing);
  };
  ask = (name, kind, about = name) => {
    const asked = order.run(kind, about, () => {
      here.push(name);
      return endOf(name).promise;
    });
    asked.catch(() => undefined);
    return asked;
  };
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('requests about calls run in order, even after a failed one', async () => {
  for (const name of ['hold', 'take up', 'leave']) void ask(name, 'call');
  await turn();
  expect(began).toEqual(['hold']);
  end('hold', new Error('refused'));
  await turn();
  expect(began).toEqual(['hold', 'take up']);
  end('take up');
  await turn();
  expect(began).toEqual(['hold', 'take up', 'leave']);
});

test('everything waits for the hello, however long it takes', async () => {
  void ask('hello', 'first');
  void ask('ping', 'anytime');
  void ask('join', 'media');
  void ask('answer', 'call');
  void ask('ready', 'aside');
  await turn();
  expect(began).toEqual(['hello']);
  end('hello');
  await turn();
  expect(began.slice(0, 3).sort()).toEqual(['hello', 'join', 'ping']);
});

test('media requests run in order, and requests that may run beside them do not wait for each other', async () => {
  void ask('publish', 'media');
  void ask('pause', 'media');
  void ask('prefer low', 'aside', 'one');
  void ask('prefer high', 'aside', 'one');
  void ask('prefer other', 'aside', 'two');
  void ask('ping', 'anytime');
  await turn();
  expect(began).toEqual(['publish', 'ping']);
  end('publish');
  await turn();
  expect(began.slice(2)).toEqual(['pause']);
  end('pause');
  await turn();
  expect(began.slice(3)).toEqual(['prefer low', 'prefer other']);
  // Nothing waits for those.
  void ask('unpublish', 'media');
  await turn();
  expect(began.at(-1)).toBe('unpublish');
  end('prefer low');
  await turn();
  expect(began.at(-1)).toBe('prefer high');
});

test('hanging up waits at most a second for a stalled join, and fully for an answer', async () => {
  jest.useFakeTimers();
  void ask('join', 'media');
  void ask('answer', 'call');
  void ask('leave', 'call');
  await jest.advanceTimersByTimeAsync(999);
  expect(began).toEqual(['join']);
  await jest.advanceTimersByTimeAsync(2);
  expect(began).toEqual(['join', 'answer']);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(began).toEqual(['join', 'answer']);
  end('answer');
  await jest.advanceTimersByTimeAsync(1);
  expect(began).toEqual(['join', 'answer', 'leave']);
  expect(jest.getTimerCount()).toBe(0);
});

test('media requests wait at most a second for the call request before them', async () => {
  jest.useFakeTimers();
  void ask('answer', 'call');
  void ask('publish', 'media');
  await jest.advanceTimersByTimeAsync(500);
  expect(began).toEqual(['answer']);
  end('answer');
  await jest.advanceTimersByTimeAsync(1);
  expect(began).toEqual(['answer', 'publish']);
});
