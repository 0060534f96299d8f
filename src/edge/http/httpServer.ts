/**
 * A server whose connections cannot end the process and cannot stay for ever: each has an error listener before anything
 * else is done with it, and a bound in time in every state, from its first byte to its last.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CallError } from '../../domain/kernel/errors.ts';
import type { ConnectionFaults } from '../connectionFaults.ts';
import { closeUnlessOpened, refuseUpgrade } from '../socket/upgrades.ts';
import type { Upgrades } from '../socket/upgrades.ts';
import { problemOf } from './errorHandler.ts';
import { NetworkLimit } from './networkLimit.ts';
import { clientsBehind } from './peers.ts';
import type { Clients } from './peers.ts';

export interface HttpServerLimits {
  /** Connections at once, sockets included; further ones are closed as they come. */
  readonly maxConnections: number;
  /** Of them from one network. What comes through trusted proxies is counted by the network of each client instead. */
  readonly connectionsPerNetwork: number;
  /** How long an idle connection waits for its next request: longer than the proxies in front of us keep theirs. */
  readonly keepAliveTimeoutMs: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs?: number;
  /** From the end of a request's headers to the last byte of its answer. */
  readonly exchangeTimeoutMs?: number;
  /** How often the bounds of requests that come in slowly are looked at. */
  readonly checkEveryMs?: number;
}

export interface HttpServerOptions {
  readonly app: RequestListener;
  readonly limits: HttpServerLimits;
  readonly faults: ConnectionFaults;
  /** Of whom requests are; no proxy is trusted when absent. */
  readonly clients?: Clients;
  readonly upgrades?: Upgrades;
}

export interface BoundedServer {
  readonly server: Server;
  /** Ends what is idle at once, all else after a second, whatever its state. */
  stop(): Promise<void>;
}

/** Some proxies look at their side a moment later: the request then is on its way already. */
const headersMarginMs = 5_000;
const usualRequestTimeoutMs = 120_000;
const usualExchangeTimeoutMs = 120_000;
const usualCheckEveryMs = 5_000;
/** Requests under way are short: what is left after this is a client that does not read. */
const stopWithinMs = 1_000;

export function createHttpServer({
  app,
  limits,
  faults,
  clients = clientsBehind({}),
  upgrades = { wants: () => false, take: () => undefined },
}: HttpServerOptions): BoundedServer {
  const { maxConnections, keepAliveTimeoutMs, exchangeTimeoutMs = usualExchangeTimeoutMs } = limits;
  const networks = new NetworkLimit({ most: limits.connectionsPerNetwork, clients, faults });
  const headersTimeout = keepAliveTimeoutMs + headersMarginMs;
  const server = createServer(
    {
      keepAliveTimeout: keepAliveTimeoutMs,
      headersTimeout,
      // Node takes no shorter time for the whole than for a part of it.
      requestTimeout: Math.max(limits.requestTimeoutMs ?? usualRequestTimeoutMs, headersTimeout),
      connectionsCheckingInterval: limits.checkEveryMs ?? usualCheckEveryMs,
    },
    (request, response) => {
      if (networks.admits(request, response)) app(request, response);
      else refuse(response, networks.isRefused(request.socket));
    },
  );
  server.maxConnections = maxConnections;
  // Without a byte in either direction: a client that does not read its answer, or one that Node itself does not time.
  server.timeout = exchangeTimeoutMs;
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    // One that begins again was met before.
    if (open.has(socket)) return;
    open.add(socket);
    socket.on('error', (error) => {
      faults.failed(error);
    });
    socket.once('close', () => open.delete(socket));
    networks.met(socket);
  });
  server.on('drop', () => {
    faults.cut('refused');
  });
  // Until then, whoever starts it is told that it cannot listen.
  server.once('listening', () => {
    // A connection could not be accepted.
    server.on('error', (error) => {
      faults.failed(error);
    });
  });
  // Nothing else than `100-continue` is defined: what else is expected may be ignored (RFC 9110 §10.1.1).
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
  boundExchanges(server, exchangeTimeoutMs, faults);
  takeWanted(server, networks, upgrades);
  ignoreUnwanted(server, upgrades);
  return { server, stop: () => stopped(server, open) };
}

function boundExchanges(server: Server, withinMs: number, faults: ConnectionFaults): void {
  server.on('request', (request, response) => {
    const late = setTimeout(() => {
      faults.cut('slow');
      request.socket.destroy();
    }, withinMs).unref();
    response.once('close', () => {
      clearTimeout(late);
    });
  });
}

/** A connection of a proxy carries the requests of others as well, and stays. */
function refuse(response: ServerResponse, closes: boolean): void {
  const problem = problemOf(new CallError('too_many_connections'));
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(closes ? { Connection: 'close' } : {}),
  });
  response.end(JSON.stringify(problem));
}

function takeWanted(server: Server, networks: NetworkLimit, { wants, take }: Upgrades): void {
  server.on('upgrade', (request, socket, head) => {
    if (!wants(request)) return;
    if (networks.admits(request, socket)) {
      take(request, socket, head);
      return;
    }
    closeUnlessOpened(socket);
    refuseUpgrade(socket, 'too_many_connections');
  });
}

async function stopped(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    // Node's own list lacks those that were upgraded.
    for (const socket of open) socket.destroy();
  }, stopWithinMs);
  await closed;
  clearTimeout(cut);
}

/**
 * A server that takes upgrades is given every request that offers one, of any protocol, without its body and without what
 * follows on the connection. So one that is not wanted begins again, without its offer, as the first of a new connection.
 */
function ignoreUnwanted(server: Server, { wants }: Upgrades): void {
  const unanswered = new WeakMap<Duplex, Set<ServerResponse>>();
  server.on('request', (request, response) => {
    const { socket } = request;
    const others = unanswered.get(socket) ?? new Set();
    unanswered.set(socket, others.add(response));
    response.once('close', () => others.delete(response));
  });
  server.on('upgrade', (request, socket, head) => {
    if (wants(request)) return;
    const beginAgain = () => {
      if (socket.destroyed) return;
      socket.unshift(Buffer.concat([Buffer.from(withoutOffer(request), 'latin1'), head]));
      server.emit('connection', socket);
    };
    // Answers leave in the order of their requests, and those of another connection would not wait for these.
    const before = [...(unanswered.get(socket) ?? [])].at(-1);
    if (before === undefined) beginAgain();
    else before.once('close', () => setImmediate(beginAgain));
  });
}

/** Without the header `Upgrade`, its mention in `Connection` offers nothing. */
function withoutOffer({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
