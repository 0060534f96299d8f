/** Carol: a headless participant in a process of her own, in her own network, who writes down every byte that she gets. */
import { appendFile, writeFile } from 'node:fs/promises';
import { cleanUpParticipants } from '../../support/participant.ts';
import { Person } from '../../support/participant/person.ts';
import type { SocketClient } from '../../support/socketClient.ts';
import { waitFor } from '../../support/waitFor.ts';
import { orderMessage } from './carolOrders.ts';
import type { Order, Recorded } from './carolOrders.ts';
import { attack } from '../hostile/attack.ts';
import { homeOf } from '../stage/people.ts';

const record: Recorded[] = [];
const note = (kind: Recorded['kind'], bytes: Buffer): void => {
  record.push({ at: Date.now(), kind, base64: bytes.toString('base64') });
};

let person: Person | undefined;
const taken = new Set<string>();
let server = { url: '', apiKey: '' };

function carol(): Person {
  if (person === undefined) throw new Error('Carol has not come yet');
  return person;
}

/** Every frame from now on. */
function noteFrames({ socket }: SocketClient): void {
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) note('frame', data);
  });
}

async function come(): Promise<Person> {
  const one = await Person.create(server, 'carol', { localAddress: homeOf('carol').v4 });
  for (const frame of one.socket.frames) note('frame', Buffer.from(frame));
  noteFrames(one.socket);
  one.observe = (packet) => {
    note('packet', packet);
  };
  return one;
}

async function take(): Promise<string> {
  const { call, ticket } = await carol().socket.waitFor('call.incoming', ({ call: { id } }) => !taken.has(id));
  taken.add(call.id);
  await carol().join(ticket);
  await carol().act(call.id, 'answer');
  return call.id;
}

async function carryOut(order: Order): Promise<unknown> {
  switch (order.name) {
    case 'come':
      server = order;
      person = await come();
      return undefined;
    case 'take':
      return take();
    case 'leave':
      carol().participant?.close();
      return (await carol().act(order.callId, 'leave')).phase;
    case 'hangUp':
      await carol().act(order.callId, 'end');
      carol().participant?.close();
      return undefined;
    case 'packets':
      return carol().packets;
    case 'attack':
      return attack({ ...order, server, person: carol(), note });
    case 'plant':
      carol().observe?.(Buffer.from(order.packet, 'base64'));
      return undefined;
    case 'record':
      return write(order.file);
  }
}

async function write(file: string): Promise<number> {
  await writeFile(file, '');
  const linesAtOnce = 5_000;
  for (let at = 0; at < record.length; at += linesAtOnce) {
    const lines = record.slice(at, at + linesAtOnce).map((one) => JSON.stringify(one));
    await appendFile(file, `${lines.join('\n')}\n`);
  }
  return record.length;
}

/** Until the other process goes. */
export async function runCarol(): Promise<void> {
  process.on('message', (message) => {
    const { id, order } = orderMessage.parse(message);
    carryOut(order).then(
      (result) => process.send?.({ id, result }),
      (error: unknown) =>
        process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  await waitFor('the end', () => !process.connected, { withinMs: 600_000, everyMs: 200 });
  await person?.close();
  cleanUpParticipants();
}
