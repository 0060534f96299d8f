/** STUN (RFC 8489) with forged and stolen fragments, and DTLS (RFC 6347), from a second address. */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { crc32 } from 'node:zlib';
import type { Attempt } from '../carol/carolOrders.ts';
import { secondHomeOf, homeOf } from '../stage/people.ts';
import type { AttackOptions } from './options.ts';

const answersWithinMs = 400;
const magicCookie = 0x2112a442;
const types = {
  username: 0x0006,
  integrity: 0x0008,
  priority: 0x0024,
  useCandidate: 0x0025,
  controlling: 0x802a,
  fingerprint: 0x8028,
};

export async function forgeDatagrams(options: AttackOptions): Promise<readonly Attempt[]> {
  const { person, mediaPorts, note } = options;
  const credentials = credentialsOf(person.socket.frames);
  const first = credentials[0];
  if (first === undefined) throw new Error('Carol was told no ICE credentials');
  const { fragment, password } = first;
  const tries: readonly (readonly [what: string, datagrams: readonly Buffer[]])[] = [
    ['fragments of nobody', Array.from({ length: 50 }, () => binding(randomBytes(8).toString('hex'), password))],
    ['her own fragment with another password', [binding(fragment, randomBytes(16).toString('hex'))]],
    ['a request for a password without any', [binding('', '')]],
    ['lengths that are not so', [binding(fragment, password).subarray(0, 30), lengthened(binding(fragment, password))]],
    ['DTLS without ICE', [clientHello()]],
    ['noise', Array.from({ length: 50 }, (_, index) => randomBytes(1 + index * 20))],
    ['her own fragment and password, then DTLS', [binding(fragment, password), clientHello(), randomRtp()]],
  ];
  const attempts: Attempt[] = [];
  for (const [what, datagrams] of tries) {
    const answers = await sendAll(datagrams, mediaPorts);
    for (const answer of answers) note('datagram', answer);
    const others = ['alice', 'bob'] as const;
    const tells = answers.some((answer) => others.some((name) => answer.includes(homeOf(name).v4)));
    attempts.push({
      what: `${what}, from a second address: nothing told`,
      held: !tells,
      detail: `${answers.length} answers`,
    });
  }
  return attempts;
}

/** What the server told Carol of its own ICE. */
function credentialsOf(frames: readonly string[]): readonly { readonly fragment: string; readonly password: string }[] {
  const pattern = /"usernameFragment":"([^"]+)","password":"([^"]+)"/g;
  return frames
    .flatMap((frame) => [...frame.matchAll(pattern)])
    .map(([, fragment = '', password = '']) => ({ fragment, password }))
    .reverse();
}

/** Sends each to every media port from the second address; answers all that comes back. */
async function sendAll(datagrams: readonly Buffer[], ports: readonly number[]): Promise<readonly Buffer[]> {
  const socket = createSocket('udp4');
  const answers: Buffer[] = [];
  socket.on('message', (message) => answers.push(message));
  socket.bind(0, secondHomeOf('carol').v4);
  await once(socket, 'listening');
  for (const datagram of datagrams) {
    for (const port of ports) socket.send(datagram, port, homeOf('server').v4);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await new Promise((resolve) => setTimeout(resolve, answersWithinMs));
  socket.close();
  return answers;
}

/** A Binding request as a controlling agent sends it to nominate: RFC 8445 §7.1. */
function binding(fragment: string, password: string): Buffer {
  const parts = [
    attribute(types.username, Buffer.from(`${fragment}:forged`)),
    attribute(types.priority, Buffer.from([0x6e, 0xff, 0xff, 0xff])),
    attribute(types.controlling, randomBytes(8)),
    attribute(types.useCandidate, Buffer.alloc(0)),
  ];
  const id = randomBytes(12);
  const message = (more: number) => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(20);
    head.writeUInt16BE(0x0001, 0);
    head.writeUInt16BE(body.length + more, 2);
    head.writeUInt32BE(magicCookie, 4);
    id.copy(head, 8);
    return Buffer.concat([head, body]);
  };
  parts.push(attribute(types.integrity, createHmac('sha1', password).update(message(24)).digest()));
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((crc32(message(8)) ^ 0x5354554e) >>> 0);
  parts.push(attribute(types.fingerprint, sum));
  return message(0);
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function lengthened(message: Buffer): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(0xfffc, 2);
  return copy;
}

/** Enough of a ClientHello (RFC 6347 §4.2.1) for a server to read, with two suites and no extensions. */
function clientHello(): Buffer {
  const body = Buffer.concat([
    Buffer.from([0xfe, 0xfd]),
    randomBytes(32),
    Buffer.from([0, 0, 0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0]),
  ]);
  const length = Buffer.from([0, 0, body.length]);
  const handshake = Buffer.concat([Buffer.from([1]), length, Buffer.from([0, 0, 0, 0, 0]), length, body]);
  const record = Buffer.from([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, handshake.length]);
  return Buffer.concat([record, handshake]);
}

const randomRtp = (): Buffer => Buffer.concat([Buffer.from([0x80, 111]), randomBytes(60)]);
