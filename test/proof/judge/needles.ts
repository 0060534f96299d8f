/** What is looked for: every address of every client in every form that a leak could have, and what else tells of them. */
import { addressesOf } from '../stage/people.ts';
import type { Client } from '../stage/people.ts';

export interface Needle {
  readonly owner: Client;
  /** What a person would call it, such as `10.77.1.2 in hex`. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Letters count whether they are capital or not. */
  readonly exact: boolean;
  /** Nothing but itself: no digit stands before or after it. */
  readonly whole: boolean;
  /** So few bytes that random data holds them by chance: looked for in data alone that is not random. */
  readonly short: boolean;
}

type Form = readonly [name: string, bytes: Buffer, exact?: boolean];

/** RFC 8489 §14.2. */
const stunMagicCookie = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
const likelyByChanceBelow = 8;
const asNumber = 'as a number';

export function addressNeedles(owner: Client): readonly Needle[] {
  return addressesOf(owner).flatMap((address) =>
    formsOf(address).map(([name, bytes, exact = true]) => needle(owner, `${address} ${name}`, bytes, exact)),
  );
}

/** Such as the name of a candidate, a password of ICE, the user agent. */
export function textNeedles(owner: Client, what: string, text: string): readonly Needle[] {
  const forms: readonly Form[] = [
    ['as text', Buffer.from(text)],
    ['in UTF-16', Buffer.from(text, 'utf16le')],
    ...base64OfText(text),
  ];
  return forms.map(([name, bytes]) => needle(owner, `${what} ${name}`, bytes, true));
}

function needle(owner: Client, name: string, bytes: Buffer, exact: boolean): Needle {
  const whole = name.includes(asNumber);
  return {
    owner,
    name,
    bytes: exact ? bytes : lowered(bytes),
    exact,
    whole,
    short: bytes.length < likelyByChanceBelow,
  };
}

export function formsOf(address: string): readonly Form[] {
  return address.includes(':') ? formsOfIpv6(address) : formsOfIpv4(address);
}

export function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  return Buffer.from(groupsOf(address).join(''), 'hex');
}

function formsOfIpv4(address: string): readonly Form[] {
  const bytes = bytesOf(address);
  const [first, second] = [bytes.toString('hex', 0, 2), bytes.toString('hex', 2, 4)];
  return [
    ...textForms('as text', address),
    ['reversed', Buffer.from(reversed(bytes).join('.'))],
    ['with dashes', Buffer.from(address.replaceAll('.', '-'))],
    [
      'as ::ffff: in hex',
      Buffer.from(`::ffff:${Number.parseInt(first, 16).toString(16)}:${Number.parseInt(second, 16).toString(16)}`),
      false,
    ],
    [asNumber, Buffer.from(String(bytes.readUInt32BE(0)))],
    [`${asNumber}, reversed`, Buffer.from(String(bytes.readUInt32LE(0)))],
    ...binaryForms(bytes),
    ['masked as in STUN', xored(bytes, stunMagicCookie)],
  ];
}

function formsOfIpv6(address: string): readonly Form[] {
  const bytes = bytesOf(address);
  const groups = groupsOf(address);
  const plain = groups.map((group) => Number.parseInt(group, 16).toString(16));
  return [
    ...textForms('as text', address),
    ...textForms('expanded', groups.join(':')),
    ...textForms('without leading zeros', plain.join(':')),
    ['in the form of ip6.arpa', Buffer.from(Array.from(bytes.toString('hex')).reverse().join('.')), false],
    ['in a URL', Buffer.from(encodeURIComponent(address)), false],
    ...binaryForms(bytes),
  ];
}

function textForms(name: string, text: string): readonly Form[] {
  return [
    [name, Buffer.from(text), false],
    [`${name}, UTF-16`, Buffer.from(text, 'utf16le'), false],
    [`${name}, hex of it`, Buffer.from(Buffer.from(text).toString('hex')), false],
    ...base64OfText(text).map(([form, bytes]): Form => [`${name}, ${form}`, bytes]),
  ];
}

function binaryForms(bytes: Buffer): readonly Form[] {
  const backwards = Buffer.from(reversed(bytes));
  return [
    ['in binary', bytes],
    ['in binary, reversed', backwards],
    ...[bytes, backwards].flatMap((order, index): Form[] => {
      const pairs = order.toString('hex').match(/../g) ?? [];
      const suffix = index === 0 ? '' : ', reversed';
      return [
        [`in hex${suffix}`, Buffer.from(pairs.join('')), false],
        ...[':', '-', ' ', '\\x', '\\u00'].map((mark): Form => [
          `in hex with ${mark}${suffix}`,
          Buffer.from(pairs.join(mark)),
          false,
        ]),
      ];
    }),
    ['in base64', Buffer.from(bytes.toString('base64').replace(/=+$/, ''))],
    ['in base64url', Buffer.from(bytes.toString('base64url'))],
  ];
}

/** Whatever stands before it: the three ways in which its bits can lie, without the letters that its neighbours share. */
function base64OfText(text: string): readonly Form[] {
  return [0, 1, 2].map((shift): Form => {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString('base64');
    const certain = encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + text.length) * 8) / 6));
    return [`base64 of it, shifted by ${shift}`, Buffer.from(certain)];
  });
}

function groupsOf(address: string): readonly string[] {
  const [before = '', after = ''] = address.split('::');
  const [left, right] = [before, after].map((part) => part.split(':').filter((group) => group !== ''));
  const known = [...(left ?? []), ...(right ?? [])].length;
  return [...(left ?? []), ...Array.from({ length: 8 - known }, () => '0'), ...(right ?? [])].map((group) =>
    group.padStart(4, '0'),
  );
}

const reversed = (bytes: Buffer): number[] => [...bytes].reverse();
const xored = (bytes: Buffer, mask: Buffer): Buffer =>
  Buffer.from(bytes.map((byte, index) => byte ^ (mask[index] ?? 0)));

/** ASCII letters only: all other bytes stay what they are. */
export function lowered(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let index = 0; index < copy.length; index += 1) {
    const byte = copy[index] ?? 0;
    if (byte >= 0x41 && byte <= 0x5a) copy[index] = byte + 0x20;
  }
  return copy;
}
