/** What Redis refuses, in words for the operator: the cause and the remedy, never an address or a secret. */
import { ErrorReply } from 'redis';

export interface StoreFault {
  readonly code: string;
  readonly words: string;
  /** Waiting does not help: somebody must change our settings or those of Redis. */
  readonly isFinal: boolean;
}

const replies: Readonly<Record<string, Omit<StoreFault, 'code'>>> = {
  OOM: { words: 'Redis is full: raise its maxmemory, or run it on a machine with more memory', isFinal: false },
  READONLY: {
    words: 'this Redis is a read-only replica: set the URL of its master, or wait for the failover',
    isFinal: false,
  },
  MISCONF: {
    words: 'Redis cannot write its snapshot to disk and refuses writes: free disk space on its machine',
    isFinal: false,
  },
  NOREPLICAS: {
    words: 'Redis has fewer replicas than min-replicas-to-write requires: start more replicas',
    isFinal: false,
  },
  LOADING: { words: 'Redis is loading its data: wait', isFinal: false },
  MASTERDOWN: { words: 'this Redis is a replica that has lost its master: wait for the failover', isFinal: false },
  CLUSTERDOWN: { words: 'the Redis cluster is down: start its nodes', isFinal: false },
  NOAUTH: { words: 'Redis requires a password: put it into the URL (redis://user:password@host)', isFinal: true },
  WRONGPASS: { words: 'Redis refuses the user name or the password in the URL', isFinal: true },
  NOPERM: { words: 'the Redis user lacks permissions: give it the rules of docs/redis.md', isFinal: true },
};

const ofConnection: Readonly<Record<string, Omit<StoreFault, 'code'>>> = {
  CERT_HAS_EXPIRED: { words: 'the certificate of Redis has expired', isFinal: true },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    words:
      'the certificate of Redis is self-signed, and this machine does not trust it: set NODE_EXTRA_CA_CERTS to a file with this certificate',
    isFinal: true,
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    words:
      'the certificate of Redis has a self-signed CA, which this machine does not trust: set NODE_EXTRA_CA_CERTS to a file with the CA certificate',
    isFinal: true,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    words:
      'this machine does not know the CA that signed the certificate of Redis: set NODE_EXTRA_CA_CERTS to a file with the CA certificate',
    isFinal: true,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: { words: 'the certificate of Redis is for another host name', isFinal: true },
  SPOKEN_REDIS: {
    words: 'Redis does not speak TLS on this port: write redis:// instead of rediss://, or set the port of TLS',
    isFinal: true,
  },
  SPOKEN_TLS: { words: 'Redis speaks TLS on this port: write rediss:// instead of redis://', isFinal: true },
  SENTINEL_NOAUTH: {
    words: 'the sentinels require a password of their own: set VEILCAST_REDIS_SENTINEL_PASSWORD',
    isFinal: true,
  },
  SENTINEL_WRONGPASS: {
    words: 'the sentinels refuse VEILCAST_REDIS_SENTINEL_USERNAME or VEILCAST_REDIS_SENTINEL_PASSWORD',
    isFinal: true,
  },
  SENTINEL_NOPERM: {
    words: 'the user of the sentinels may not ask for the master: give it the rules of docs/redis.md',
    isFinal: true,
  },
  SENTINEL_ERR: { words: 'the sentinels know no master of the name in the URL', isFinal: true },
  ENOTFOUND: { words: 'the host name of Redis cannot be resolved', isFinal: false },
  ECONNREFUSED: { words: 'nothing listens at the address of Redis: start Redis', isFinal: false },
  ENOENT: { words: 'there is no Redis socket at this path: start Redis', isFinal: false },
};

/** A sentinel refused the request: it has users and passwords of its own. */
export class SentinelRefusal extends Error {
  override readonly name = 'SentinelRefusal';
  readonly code: string;

  constructor(code: string, options: ErrorOptions) {
    super('a sentinel refuses to name the master', options);
    this.code = `SENTINEL_${code}`;
  }
}

/** The URL says TLS but the port does not speak it, or the other way round. */
export class TransportMixError extends Error {
  override readonly name = 'TransportMixError';
  readonly code: string;

  constructor(spoken: 'redis' | 'tls') {
    super(`the port speaks ${spoken}`);
    this.code = `SPOKEN_${spoken.toUpperCase()}`;
  }
}

/** Undefined if the error explains nothing by itself, such as a timeout. */
export function faultOf(error: unknown): StoreFault | undefined {
  // Chains of causes are short; the limit is for cycles.
  for (let depth = 0, one = error; one instanceof Error && depth < 6; depth += 1, one = one.cause) {
    const code = one instanceof ErrorReply ? /^-?([A-Z]+)\b/.exec(one.message)?.[1] : codeOf(one);
    if (code === 'ERR' && one.message.includes('AUTH')) return fault('WRONGPASS', replies['WRONGPASS']);
    if (code === 'ERR' && /DB index is out of range/i.test(one.message)) {
      return { code: 'DATABASE', words: 'Redis has no database with the number in the URL', isFinal: true };
    }
    const found = one instanceof ErrorReply ? replies[code ?? ''] : ofConnection[code ?? ''];
    if (found !== undefined) return fault(code ?? '', found);
    if (one instanceof AggregateError) {
      const inner = one.errors.map(faultOf).find((known) => known !== undefined);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

/** Redis answers but refuses writes: nothing was changed. */
export function refusesWrites(error: unknown): boolean {
  return writeRefusals.has(faultOf(error)?.code ?? '');
}

const writeRefusals: ReadonlySet<string> = new Set(['OOM', 'READONLY', 'MISCONF', 'NOREPLICAS']);

function fault(code: string, found: Omit<StoreFault, 'code'> | undefined): StoreFault | undefined {
  return found === undefined ? undefined : { code, ...found };
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
