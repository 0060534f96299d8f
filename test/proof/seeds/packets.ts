/** Leaks by packets, really sent: directly between clients, to a stranger, and with addresses inside. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { bytesOf } from '../judge/needles.ts';
import { homeOf, namespaceOf } from '../stage/people.ts';
import type { Client } from '../stage/people.ts';
import { inEvidence, onTheWire } from './seed.ts';
import type { Seed } from './seed.ts';
import { inNamespace } from '../../support/processes/shell.ts';
import type { Stage } from '../stage/stage.ts';

/** The discard port: nobody answers. */
const port = 9;
/** RFC 5737: an address that nobody has. */
const stranger = '192.0.2.1';

export async function sendStrayPackets({ run }: Stage): Promise<readonly Seed[]> {
  const [alice, bob, carol] = [homeOf('alice'), homeOf('bob'), homeOf('carol')];
  await sendFrom(run, 'alice', bob.v4);
  await sendFrom(run, 'carol', alice.v6);
  await sendFrom(run, 'bob', stranger);
  await sendToAlice(stunTelling(bob.v4));
  await sendToAlice(rtpTelling(Buffer.from(carol.v4)));
  // Time to cross the router.
  await new Promise((resolve) => setTimeout(resolve, 200));
  return [
    onTheWire('a packet from Alice to Bob, over IPv4', 'alice', bob.v4),
    onTheWire('a packet from Carol to Alice, over IPv6', 'carol', alice.v6),
    onTheWire('a packet from Bob to neither the server nor a client', 'bob', stranger),
    inEvidence('Bob’s address, masked, in a STUN answer to Alice', {
      holder: 'alice',
      what: 'STUN on the wire',
      owner: 'bob',
    }),
    inEvidence('Carol’s address in an RTP header extension on its way to Alice', {
      holder: 'alice',
      what: 'RTP header extensions on the wire',
      owner: 'carol',
    }),
  ];
}

async function sendFrom(run: number, client: Client, to: string): Promise<void> {
  await inNamespace(namespaceOf(run, client), 'bash', '-c', `echo hello > /dev/udp/${to}/${port}`);
}

/** From the server, as its media would come. */
async function sendToAlice(message: Buffer): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.send(message, port, homeOf('alice').v4, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  socket.close();
}

/** A Binding success response (RFC 8489) with XOR-MAPPED-ADDRESS. */
function stunTelling(address: string): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(0x0101, 0);
  head.writeUInt16BE(12, 2);
  head.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(head, 8);
  const value = bytesOf(address).map((byte, index) => byte ^ (head[4 + index] ?? 0));
  return Buffer.concat([head, Buffer.from([0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xab, 0xcd]), value]);
}

/** RTP with one one-byte header extension (RFC 8285) of up to 16 bytes. */
export function rtpTelling(data: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil((data.length + 1) / 4) * 4);
  padded[0] = (5 << 4) | (data.length - 1);
  data.copy(padded, 1);
  const head = Buffer.concat([
    Buffer.from([0x90, 111, 0, 1]),
    randomBytes(8),
    Buffer.from([0xbe, 0xde, 0, padded.length / 4]),
  ]);
  return Buffer.concat([head, padded, Buffer.alloc(40, 0x55)]);
}
