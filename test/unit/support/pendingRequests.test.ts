import { expect, test } from '@jest/globals';
import { PendingRequests } from '../../../src/support/pendingRequests.ts';

const late = () => new Error('late');

function asking() {
  const requests = new PendingRequests<string>();
  const sent: number[] = [];
  const ask = (to = 'a', limitMs = 60_000) =>
    requests.ask({
      to,
      limitMs,
      send: (number) => {
        sent.push(number);
      },
      late,
    });
  return { requests, sent, ask };
}

test('each answer goes to the request with its number', async () => {
  const { requests, sent, ask } = asking();
  const answers = Promise.allSettled([ask(), ask(), ask()]);
  expect(new Set(sent).size).toBe(3);
  const [first = 0, second = 0, third = 0] = sent;
  requests.resolve(third, 'third');
  requests.reject(second, new Error('refused'));
  requests.resolve(first, 'first');
  expect(await answers).toMatchObject([{ value: 'first' }, { reason: { message: 'refused' } }, { value: 'third' }]);
});

test('after the limit a request is over, and its late answer is dropped', async () => {
  const { requests, sent, ask } = asking();
  await expect(ask('a', 1)).rejects.toThrow('late');
  const [number = 0] = sent;
  expect(requests.askedOf(number)).toBeUndefined();
  requests.resolve(number, 'after all');
});

test('a request that cannot be sent fails at once', async () => {
  const requests = new PendingRequests<string>();
  const send = () => Promise.reject(new Error('not sent'));
  await expect(requests.ask({ to: 'a', limitMs: 60_000, send, late })).rejects.toThrow('not sent');
  const broken = () => {
    throw new Error('broken');
  };
  await expect(requests.ask({ to: 'a', limitMs: 60_000, send: broken, late })).rejects.toThrow('broken');
});

test('requests to a peer that is gone are refused, and the others keep waiting', async () => {
  const { requests, sent, ask } = asking();
  const gone = ask('gone');
  const other = ask('other');
  requests.rejectAll(
    () => new Error('gone'),
    (to) => to === 'gone',
  );
  await expect(gone).rejects.toThrow('gone');
  requests.resolve(sent[1] ?? 0, 'here');
  expect(await other).toBe('here');
});
