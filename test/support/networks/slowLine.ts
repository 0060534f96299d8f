import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomPrefix } from '../redis/redis.ts';

export interface SlowLine {
  readonly url: string;
  close(): void;
}

/** A line to a Redis on a unix socket that holds everything for so long, either way. */
export async function openSlowLine(redisUrl: string, oneWayMs: number): Promise<SlowLine> {
  const path = join(tmpdir(), `${randomPrefix()}.sock`);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(redisUrl.replace('unix://', ''));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('data', (chunk) => setTimeout(() => to.write(chunk), oneWayMs));
      from.on('error', () => undefined);
      from.on('close', () => {
        open.delete(from);
        setTimeout(() => to.end(), oneWayMs);
      });
    }
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    url: `unix://${path}`,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
