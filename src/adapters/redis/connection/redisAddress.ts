/** Ways to address Redis. */

export interface Host {
  readonly host: string;
  readonly port: number;
}

interface Watched {
  /** Each of them knows the master. */
  readonly hosts: readonly Host[];
  /** `user:password@` as in the URL, or empty: for Redis itself, not for sentinels. */
  readonly credentials: string;
  /** TLS to all: sentinels, masters and nodes of the cluster; or to none. */
  readonly tls: boolean;
}
export type RedisAddress =
  | { readonly kind: 'one'; readonly url: string }
  | ({ readonly kind: 'sentinel'; readonly master: string } & Watched)
  | ({ readonly kind: 'cluster' } & Watched);

const watched = /^redis(s?)\+(sentinel|cluster):\/\/([^@/]*@)?([^@/]+)(?:\/([^/]*))?$/;
const defaultPort = { sentinel: 26_379, cluster: 6_379 } as const;

/**
 * `redis://…`, `rediss://…` and `unix://…` are one Redis; `redis+sentinel://host:port,host:port/master` and
 * `redis+cluster://host:port,host:port` are many, of which one holds our keys; `rediss+…` are the same over TLS. The
 * configuration has been checked.
 */
export function redisAddress(url: string): RedisAddress {
  const [, secure, kind, credentials = '', hosts = '', master = ''] = watched.exec(url) ?? [];
  if (kind !== 'sentinel' && kind !== 'cluster') return { kind: 'one', url };
  const listed = hosts.split(',').map((text) => hostOf(text, defaultPort[kind]));
  const shared = { hosts: listed, credentials, tls: secure === 's' };
  return kind === 'sentinel' ? { kind, master, ...shared } : { kind, ...shared };
}

/** `name:port`, `10.0.0.1:port`, `[::1]:port`; the port may be missing. */
function hostOf(text: string, port: number): Host {
  const parts = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(text);
  return { host: parts?.[1] ?? text, port: Number(parts?.[2] ?? port) };
}

export interface Access {
  /** `user:password@`, or empty. */
  readonly credentials: string;
  readonly tls: boolean;
}

export function urlOf({ host, port }: Host, { credentials, tls }: Access): string {
  return `redis${tls ? 's' : ''}://${credentials}${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function sameHost(one: Host | undefined, other: Host | undefined): boolean {
  return one?.host === other?.host && one?.port === other?.port;
}
