import { expect, test } from '@jest/globals';
import { raised, withRisingPriorities } from '../../../../src/client/ice/candidatePriority.ts';

const sdp = (fragment: string, priority = 1_076_302_079) =>
  `v=0\r\na=ice-ufrag:${fragment}\r\na=candidate:udpcandidate 1 udp ${priority} 192.0.2.1 4400 typ host\r\n`;
const priorityIn = (text = '') => Number(/^a=candidate:\S+ \d+ \S+ (\d+)/m.exec(text)?.[1]);

/** Keeps what it is given. */
class Recording {
  readonly told: string[] = [];
  setRemoteDescription({ sdp: text = '' }: { sdp?: string }): Promise<void> {
    this.told.push(text);
    return Promise.resolve();
  }
}

test('only the priorities of candidates change', () => {
  const text = sdp('abcd');
  expect(raised(text, 0)).toBe(text);
  expect(raised(text, 3).replace(/ udp \d+ /, ' udp 1076302079 ')).toBe(text);
  expect(priorityIn(raised(text, 3))).toBeGreaterThan(priorityIn(raised(text, 2)));
});

test('a priority stays within its limits (RFC 8445 §5.1.2)', () => {
  expect(priorityIn(raised(sdp('abcd'), 1_000_000))).toBe(2 ** 31 - 1);
});

test('candidates of a restart rank above all earlier ones, and those of a renegotiation stay equal', async () => {
  const Rising: unknown = withRisingPriorities(Recording);
  if (typeof Rising !== 'function') throw new Error('no class');
  const connection: unknown = Reflect.construct(Rising, []);
  if (!(connection instanceof Recording)) throw new Error('not of that kind');
  for (const fragment of ['one', 'one', 'two', 'two', 'three'])
    await connection.setRemoteDescription({ sdp: sdp(fragment) });
  const [first = 0, again, second = 0, secondAgain, third = 0] = connection.told.map((text) => priorityIn(text));
  expect([again, secondAgain]).toEqual([first, second]);
  expect(second).toBeGreaterThan(first);
  expect(third).toBeGreaterThan(second);
});

test('the worst candidate of a restart ranks above the best earlier one', () => {
  const [best, worst] = [1_076_302_079, 1_076_302_079 - 9_999 * 256];
  expect(priorityIn(raised(sdp('abcd', worst), 1))).toBeGreaterThan(best);
});

test('without connections nothing changes', () => {
  expect(withRisingPriorities(undefined)).toBeUndefined();
});
