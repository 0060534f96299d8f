/**
 * A server whose connections cannot end the process, and cannot stay open for ever. Each connection gets an error
 * listener before anything else, and has a time limit in every state, from its first byte to its last.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CallError } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import type { ConnectionFaults } from '../connectionFaults.ts';
import { closeUnlessOpened, refuseUpgrade } from '../socket/upgrades.ts';
import type { Upgrades } from '../socket/upgrades.ts';
import type { CrossOrigin } from './crossOrigin.ts';
import { problemOf } from './errorHandler.ts';
import { NetworkLimit } from './limits/networkLimit.ts';
import { clientsBehind } from './clientAddress.ts';
import type { Clients } from './clientAddress.ts';
import { onExchangeEnd } from './onExchangeEnd.ts';

export interface HttpServerLimits {
  /** Limit of open connections, WebSockets included. Further ones are closed at once. */
  readonly maxConnections: number;
  /** The limit per network. Behind trusted proxies, the network of each client counts instead. */
  readonly connectionsPerNetwork: number;
  /**
   * How long an idle connection waits for its next request. Must be longer than in the proxies in front of this server.
   */
  readonly keepAliveTimeoutMs: number;
  /** Time limit from the first byte of a request to its last. */
  readonly requestTimeoutMs?: number;
  /** Time limit from the end of a request's headers to the last byte of its answer. */
  readonly exchangeTimeoutMs?: number;
  /** How often the time limits of incoming requests are checked. */
  readonly checkEveryMs?: number;
}

export interface HttpServerOptions {
  readonly app: RequestListener;
  readonly limits: HttpServerLimits;
  readonly faults: ConnectionFaults;
  /** Finds the client of a request; trusts no proxy if absent. */
  readonly clients?: Clients;
  readonly upgrades?: Upgrades;
  /** Lets pages of other origins read refusals that the app does not give; none if absent. */
  readonly crossOrigin?: CrossOrigin;
}

export interface BoundedServer {
  readonly server: Server;
  /** Closes idle connections at once, and all others after a second, whatever their state. */
  stop(): Promise<void>;
}

/** Some proxies check their own timeout a moment later, and may have sent a request by then. */
const headersMarginMs = 5_000;
const usualRequestTimeoutMs = 120_000;
const usualExchangeTimeoutMs = 120_000;
const usualCheckEveryMs = 5_000;
/** Requests are short. A connection that is still open after this belongs to a client that does not read. */
const stopWithinMs = 1_000;

export function createHttpServer({
  app,
  limits,
  faults,
  clients = clientsBehind({}),
  upgrades = { wants: () => false, take: () => undefined },
  crossOrigin = (_request, _response, next) => {
    next();
  },
}: HttpServerOptions): BoundedServer {
  const { maxConnections, keepAliveTimeoutMs, exchangeTimeoutMs = usualExchangeTimeoutMs } = limits;
  const networks = new NetworkLimit({ most: limits.connectionsPerNetwork, clients, faults });
  const headersTimeout = keepAliveTimeoutMs + headersMarginMs;
  const server = createServer(
    {
      keepAliveTimeout: keepAliveTimeoutMs,
      headersTimeout,
      // Node accepts no `requestTimeout` below `headersTimeout`.
      requestTimeout: Math.max(limits.requestTimeoutMs ?? usualRequestTimeoutMs, headersTimeout),
      connectionsCheckingInterval: limits.checkEveryMs ?? usualCheckEveryMs,
    },
    admitting(app, networks, crossOrigin),
  );
  server.maxConnections = maxConnections;
  // The longest time without a byte in either direction. It stops clients that do not read their answer, and covers
  // states for which Node has no timeout.
  server.timeout = exchangeTimeoutMs;
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    // A connection that is started again is known already.
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
  // Before this, an error goes to the code that starts the server: it cannot listen.
  server.once('listening', () => {
    // A connection could not be accepted.
    server.on('error', (error) => {
      faults.failed(error);
    });
  });
  // Only `100-continue` is defined. Other expectations may be ignored (RFC 9110 §10.1.1).
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
  boundExchanges(server, exchangeTimeoutMs, faults);
  takeWanted(server, networks, upgrades);
  ignoreUnwanted(server, upgrades);
  return { server, stop: () => stopped(server, open) };
}

/** Passes on to the app what may reach it. */
function admitting(app: RequestListener, networks: NetworkLimit, crossOrigin: CrossOrigin): RequestListener {
  return (request, response) => {
    const refused = (code: ErrorCode) => {
      crossOrigin(request, response, () => {
        refuse(response, code);
      });
    };
    if (!hasOneHost(request)) refused('invalid_request');
    else if (networks.admits(request, response)) app(request, response);
    else {
      // A proxy's connection also carries requests of others, so it stays open.
      if (networks.isRefused(request.socket)) response.setHeader('Connection', 'close');
      refused('too_many_connections');
    }
  };
}

function boundExchanges(server: Server, withinMs: number, faults: ConnectionFaults): void {
  server.on('request', (request, response) => {
    const { socket } = request;
    const late = setTimeout(() => {
      // One slow exchange ends those that wait behind it on the same connection.
      if (socket.destroyed) return;
      faults.cut('slow');
      socket.destroy();
    }, withinMs).unref();
    onExchangeEnd(response, socket, () => {
      clearTimeout(late);
    });
  });
}

/** With several, a proxy in front may have taken the request for another server's (RFC 9112 §3.2). */
const hasOneHost = ({ headersDistinct }: IncomingMessage): boolean => (headersDistinct['host'] ?? []).length <= 1;

function refuse(response: ServerResponse, code: ErrorCode): void {
  const problem = problemOf(new CallError(code));
  response.writeHead(problem.status, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(problem));
}

function takeWanted(server: Server, networks: NetworkLimit, { wants, take }: Upgrades): void {
  server.on('upgrade', (request, socket, head) => {
    if (!wants(request)) return;
    const isClear = hasOneHost(request);
    if (isClear && networks.admits(request, socket)) {
      take(request, socket, head);
      return;
    }
    closeUnlessOpened(socket);
    refuseUpgrade(socket, isClear ? 'too_many_connections' : 'invalid_request');
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
    // Node's own list does not include upgraded sockets.
    for (const socket of open) socket.destroy();
  }, stopWithinMs);
  await closed;
  clearTimeout(cut);
}

/**
 * With an `upgrade` listener, Node passes on every request that offers an upgrade to any protocol, without its body and
 * without what follows on the connection. So an unwanted offer starts again without the offer, as the first request of
 * a new connection.
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
    // Answers must keep the order of their requests. A new connection would not wait for these.
    const before = [...(unanswered.get(socket) ?? [])].at(-1);
    if (before === undefined) beginAgain();
    else before.once('close', () => setImmediate(beginAgain));
  });
}

/** Without the `Upgrade` header, `upgrade` in `Connection` offers nothing. */
function withoutOffer({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
