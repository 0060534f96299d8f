/** Too much at once: messages on one socket, upgrades, and TCP that is no media on the media ports. */
import { randomBytes } from 'node:crypto';
import { SocketClient } from '../../support/socketClient.ts';
import { pause } from '../torment.ts';
import type { Torment } from '../torment.ts';
import { letGo, open } from './connections.ts';

const messages = 400;
const upgrades = 80;
const mediaConnections = 60;
const settleMs = 1_000;

export interface Flooder {
  readonly userId: string;
  readonly token: string;
}

/** Some are refused as too many, and the socket may be closed for the bad ones: only that others continue is judged. */
export async function floodMessages(torment: Torment, { token }: Flooder): Promise<void> {
  const { stage, dice } = torment;
  const socket = await SocketClient.open(dice.oneOf([...stage.nodes.values()]).url, stage.clientAddress);
  socket.keeps = false;
  await socket.ask('hello', { token, deviceId: `flood-${randomBytes(6).toString('hex')}` });
  for (let count = 0; count < messages && socket.isOpen; count += 1) {
    const isBad = dice.throw() < 0.2;
    socket.socket.send(
      isBad ? '{"jsonrpc":' : JSON.stringify({ jsonrpc: '2.0', id: count, method: 'ping', params: {} }),
    );
  }
  await pause(torment, settleMs);
  await socket.close();
}

export async function floodUpgrades({ stage, dice }: Torment): Promise<void> {
  const { url } = dice.oneOf([...stage.nodes.values()]);
  const { hostname: host, port } = new URL(url);
  const place = { host, port: Number(port), localAddress: stage.clientAddress };
  const sockets = await Promise.allSettled(Array.from({ length: upgrades }, () => open(place, 'an upgrade')));
  for (const opened of sockets) if (opened.status === 'fulfilled') letGo(opened.value, 'RST');
}

export async function floodMediaPorts(torment: Torment): Promise<void> {
  const { stage, dice } = torment;
  const node = dice.oneOf([...stage.nodes.values()]);
  const { hostname: host } = new URL(node.url);
  const opened = await Promise.allSettled(
    Array.from({ length: mediaConnections }, async (_, index) => {
      const port = node.mediaPorts[index % node.mediaPorts.length] ?? 0;
      const socket = await open({ host, port, localAddress: stage.clientAddress }, 'nothing said');
      socket.write(randomBytes(1_000));
      return socket;
    }),
  );
  await pause(torment, settleMs);
  for (const one of opened) {
    if (one.status === 'fulfilled') one.value.destroy();
  }
}
