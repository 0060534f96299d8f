/** Servers with limits on every connection and on the time of a stop. */
import type { RequestListener } from 'node:http';
import { once } from 'node:events';
import { ConfigError } from '../../../config/load.ts';
import { environmentName } from '../../../config/schema.ts';
import type { Config, SettingName } from '../../../config/schema.ts';
import { createHttpServer } from '../../edge/http/httpServer.ts';
import type { BoundedServer, HttpServerOptions } from '../../edge/http/httpServer.ts';

export interface ListenOptions extends Omit<HttpServerOptions, 'app'> {
  readonly host: string;
  readonly port: number;
  /** The setting for the port. */
  readonly setting: SettingName;
}

/** Few programs scrape and probe: more connections are a mistake. */
const adminMaxConnections = 256;
/** Keeps one faulty client from taking all connections. */
const adminConnectionsPerNetwork = 64;

export function adminLimits({ keepAliveTimeoutMs }: Pick<Config, 'keepAliveTimeoutMs'>): HttpServerOptions['limits'] {
  return {
    maxConnections: adminMaxConnections,
    connectionsPerNetwork: adminConnectionsPerNetwork,
    keepAliveTimeoutMs,
  };
}

export async function listen(app: RequestListener, options: ListenOptions): Promise<BoundedServer> {
  const { host, port, setting, ...serving } = options;
  const bounded = createHttpServer({ app, ...serving });
  bounded.server.listen(port, host);
  try {
    await once(bounded.server, 'listening');
  } catch (error) {
    throw new ConfigError([`${environmentName(setting)}: cannot listen on ${host} port ${port} (${reasonOf(error)})`]);
  }
  return bounded;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE') return 'another program uses it';
  if (code === 'EACCES') return 'this user has no permission';
  return code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : String(error);
}
