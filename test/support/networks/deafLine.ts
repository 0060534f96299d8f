/** A line to a Redis on which, once told so, announcements are lost and everything else passes. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomPrefix } from '../redis/redis.ts';

export interface DeafLine {
  readonly url: string;
  /** Lines that are open now lose announcements from now on; new ones do not. */
  deafen(): void;
  close(): void;
}

export async function openDeafLine(redisUrl: string): Promise<DeafLine> {
  const path = join(tmpdir(), `veilcast-${randomPrefix()}.sock`);
  const deaf = new Set<Socket>();
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(new URL(redisUrl).pathname);
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    client.on('data', (data) => redis.write(data));
    redis.on('data', (data) => {
      if (!deaf.has(redis) || !data.includes('\r\nmessage\r\n')) client.write(data);
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    url: `unix://${path}`,
    deafen: () => {
      for (const socket of open) deaf.add(socket);
    },
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
