import { once } from 'node:events';
import { createServer } from 'node:net';

/** `count` neighbouring ports that were free on loopback a moment ago, below the kernel's own range for clients. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
  throw new Error(`no ${count} neighbouring free ports`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
