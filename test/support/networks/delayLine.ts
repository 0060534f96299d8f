/**
 * Distance, in user space: turnServers TCP and UDP between two loopback addresses and holds every byte for half a round
 * trip. A client that is told the near address is as far from the server as it says.
 */
import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export interface DelayLineOptions {
  /** Where clients come to, such as 127.0.0.2. */
  readonly near: string;
  /** Where the server listens. */
  readonly far: string;
  readonly oneWayMs: number;
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
}

export interface DelayLine {
  /** From now on so many of a hundred datagrams to clients are lost, evenly. */
  lose(percent: number): void;
  stop(): void;
}

interface Loss {
  percent: number;
}

export async function startDelayLine(options: DelayLineOptions): Promise<DelayLine> {
  const loss: Loss = { percent: 0 };
  const servers = await Promise.all(options.tcpPorts.map((port) => delayTcp(port, options)));
  const sockets = await Promise.all(options.udpPorts.map((port) => delayUdp(port, options, loss)));
  return {
    lose: (percent) => {
      loss.percent = percent;
    },
    stop: () => {
      for (const stop of [...servers, ...sockets]) stop();
    },
  };
}

type Stop = () => void;

async function delayTcp(port: number, { near, far, oneWayMs }: DelayLineOptions): Promise<Stop> {
  const open = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: far, port, noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on('data', (chunk) => {
        setTimeout(() => {
          if (to.writable) to.write(chunk);
        }, oneWayMs);
      });
      // An abrupt end reaches the other side as an end, like everything else after the delay.
      from.on('error', () => undefined);
      from.on('close', () => {
        open.delete(from);
        setTimeout(() => {
          to.end();
        }, oneWayMs);
      });
    }
  });
  server.listen(port, near);
  await once(server, 'listening');
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}

/** A timer of no time is a wait of its own on a busy machine. */
function later(afterMs: number, act: () => void): void {
  if (afterMs === 0) act();
  else setTimeout(act, afterMs);
}

async function delayUdp(port: number, { near, far, oneWayMs }: DelayLineOptions, loss: Loss): Promise<Stop> {
  const front = createSocket('udp4');
  const upstreams = new Map<string, UdpSocket>();
  let stopped = false;
  let owed = 0;
  const isLost = (): boolean => {
    owed += loss.percent;
    if (owed < 100) return false;
    owed -= 100;
    return true;
  };
  front.on('message', (packet, { address, port: clientPort }) => {
    const client = `${address} ${clientPort}`;
    let upstream = upstreams.get(client);
    if (upstream === undefined) {
      upstream = createSocket('udp4');
      upstream.on('message', (answer) => {
        if (isLost()) return;
        later(oneWayMs, () => {
          if (!stopped) front.send(answer, clientPort, address);
        });
      });
      upstreams.set(client, upstream);
    }
    const to = upstream;
    later(oneWayMs, () => {
      if (!stopped) to.send(packet, port, far);
    });
  });
  front.bind(port, near);
  await once(front, 'listening');
  return () => {
    stopped = true;
    front.close();
    for (const upstream of upstreams.values()) upstream.close();
  };
}
