/** Clients that ask and do not read what is answered. */
import { randomBytes } from 'node:crypto';
import { SocketClient } from '../../support/socketClient.ts';
import { pause } from '../torment.ts';
import type { Torment } from '../torment.ts';
import type { Flooder } from './floods.ts';

const sockets = 5;
const asksEach = 300;
const askEveryMs = 10;

export async function readSlowly(torment: Torment, { token }: Flooder): Promise<void> {
  const { stage, dice } = torment;
  const readers = await Promise.all(
    Array.from({ length: sockets }, async () => {
      const socket = await SocketClient.open(dice.oneOf([...stage.nodes.values()]).url, stage.clientAddress);
      socket.keeps = false;
      await socket.ask('hello', { token, deviceId: `slow-${randomBytes(6).toString('hex')}` });
      socket.socket.pause();
      return socket;
    }),
  );
  for (let count = 0; count < asksEach; count += 1) {
    const message = JSON.stringify({
      jsonrpc: '2.0',
      id: count,
      method: 'events',
      params: { callId: 'none', after: 0 },
    });
    for (const { isOpen, socket } of readers) if (isOpen) socket.send(message);
    await pause(torment, askEveryMs);
  }
  await Promise.all(readers.map((reader) => reader.close()));
}
