/** Servers that listen, and stop within a bound. */
import { createServer } from 'node:http';
import { ConfigError } from '../../config/load.ts';
import { environmentName } from '../../config/schema.ts';
import type { SettingName } from '../../config/schema.ts';
import type { RequestListener, Server } from 'node:http';
import { once } from 'node:events';

export interface Listening {
  readonly server: Server;
  stop(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** The setting that names the port. */
  readonly setting: SettingName;
}

export async function listen(app: RequestListener, { host, port, setting }: ListenOptions): Promise<Listening> {
  const server = createServer(app);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ConfigError([`${environmentName(setting)}: cannot listen on ${host} port ${port} (${reasonOf(error)})`]);
  }
  return {
    server,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      // Requests under way are short: what is left after this is a client that does not read.
      const cut = setTimeout(() => {
        server.closeAllConnections();
      }, 1000);
      await closed;
      clearTimeout(cut);
    },
  };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE') return 'another program uses it';
  if (code === 'EACCES') return 'this user may not';
  return code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : String(error);
}
