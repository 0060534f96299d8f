import { isIP } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scrub } from '../../../src/observability/scrub.ts';

const byte = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));
const padded = fc
  .tuple(byte, byte, byte, byte)
  .map((bytes) => bytes.map((one) => String(one).padStart(3, '0')).join('.'));
const group = fc.integer({ min: 0, max: 0xffff });
const groups = fc.array(group, { minLength: 8, maxLength: 8 });
const full = groups.map((all) => all.map((one) => one.toString(16)).join(':'));
const long = groups.map((all) => all.map((one) => one.toString(16).padStart(4, '0')).join(':'));
/** `::` in the place of any run of groups. */
const compressed = fc
  .tuple(groups, fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 8 }))
  .map(([all, from, count]) => {
    const text = all.map((one) => one.toString(16));
    return `${text.slice(0, from).join(':')}::${text.slice(Math.min(8, from + count)).join(':')}`;
  })
  .filter((text) => isIP(text) === 6);
const mapped = fc
  .tuple(fc.constantFrom('::ffff:', '::', '64:ff9b::', '0:0:0:0:0:ffff:'), ipv4)
  .map((parts) => parts.join(''));
const ipv6 = fc.oneof(full, long, compressed, mapped).chain((text) => fc.constantFrom(text, text.toUpperCase()));
const zoned = fc.tuple(ipv6, fc.constantFrom('%eth0', '%1', '%en-0.1', '')).map((parts) => parts.join(''));
const port = fc.integer({ min: 1, max: 65_535 });
const address = fc.oneof(ipv4, padded, zoned);
const withPort = fc.oneof(
  fc.tuple(fc.oneof(ipv4, padded), port).map(([host, number]) => `${host}:${number}`),
  fc.tuple(zoned, port).map(([host, number]) => `[${host}]:${number}`),
  zoned.map((host) => `[${host}]`),
);
/** What stands around an address in messages. */
const before = fc.constantFrom('', ' ', '"', "'", '(', '/', '@', ',', '=', 'connect ', 'at\n', '<', 'host=', '|');
const after = fc.constantFrom('', ' ', '"', "'", ')', '/', ',', ';', ' refused', '\n', '>', '|');

describe('scrubbing', () => {
  test('removes addresses in every form, with port and zone', () => {
    fc.assert(
      fc.property(before, fc.oneof(address, withPort), after, (left, found, right) => {
        expect(scrub(left + found + right)).toBe(`${left}[address]${right}`);
      }),
      { numRuns: 2_000 },
    );
  });

  test('leaves nothing that a resolver would accept as an address, whatever the text', () => {
    const pieces = fc.array(fc.oneof(address, withPort, fc.string(), fc.constantFrom('udp', '::', ':', '.', '1')));
    fc.assert(
      fc.property(pieces, fc.oneof(before, after), (all, glue) => {
        const left = scrub(all.join(glue));
        // `::` alone is nobody's address.
        expect(left.split(/[^\w:.]+/).filter((word) => isIP(word) !== 0 && word !== '::')).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('removes reverse DNS names too', () => {
    expect(scrub('4.3.2.1.in-addr.arpa')).toBe('[address].in-addr.arpa');
    const nibbles = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2';
    expect(scrub(`${nibbles}.ip6.arpa`)).toBe('[address]ip6.arpa');
  });

  test('changes nothing when repeated', () => {
    fc.assert(
      fc.property(address, fc.string(), (found, text) => {
        const once = scrub(`${text} ${found}`);
        expect(scrub(once)).toBe(once);
      }),
    );
  });

  test.each([
    'the call call_AAAAbbbb0123456789-_cd has ended',
    'at answer (src/domain/call/decide.ts:12:34)',
    'at 12:34:56 the worker died',
    '2026-01-02T03:04:05.678Z',
    'RTC::Transport::ReceiveRtpPacket() | std::move failed',
    'node:internal/process/task_queues:95:5',
    'version 3.27.1 of mediasoup',
    'CallError: The call has ended.',
    'a fee: 20 %, 1.5 ms',
  ])('leaves what is not an address: %s', (text) => {
    expect(scrub(text)).toBe(text);
  });

  test('takes no noticeable time for a megabyte', () => {
    const before = process.cpuUsage();
    for (const piece of ['a', '1', ':', '.', '1.', 'a:', '::', '[', 'f.'])
      scrub(piece.repeat(1_000_000 / piece.length));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});
