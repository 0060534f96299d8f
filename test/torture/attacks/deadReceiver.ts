/** A webhook receiver that takes connections and never answers, and short calls that owe it messages. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

export interface DeadReceiver {
  readonly url: string;
  /** Connections that were made to it. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export async function startDeadReceiver(host: string): Promise<DeadReceiver> {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.resume();
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://${host}:${address.port}/dead`,
    connections: () => connections,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
