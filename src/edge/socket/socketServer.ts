/** The WebSocket endpoint `/v1/connect`. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import * as z from 'zod';
import type { Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { SessionId } from '../../domain/kernel/ids.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Idempotency } from '../../ports/call/idempotency.ts';
import type { Log } from '../../ports/system/log.ts';
import type { Notification, SessionEnding } from '../../protocol/socket/notifications.ts';
import { requests } from '../../protocol/socket/requests.ts';
import type { RequestName } from '../../protocol/socket/requests.ts';
import type { RpcRequest } from '../../protocol/socket/jsonRpc.ts';
import type { ConnectionFaults } from '../connectionFaults.ts';
import type { AllowsHost } from '../http/hosts.ts';
import { Idempotent } from '../idempotent.ts';
import type { CallDelivery } from './callDelivery.ts';
import { Connection } from './connection.ts';
import type { ConnectionLimits } from './connection.ts';
import { createRequestHandlers } from './requestHandlers.ts';
import type { SocketRequestHandler, SocketUseCases } from './requestHandlers.ts';
import { BadMessage } from './rpc.ts';
import { closeUnlessOpened, closingMs, refuseHandshake, refuseUpgrade, wantsUpgrade, websocket } from './upgrades.ts';
import type { Upgrades } from './upgrades.ts';
import type { SocketRights } from './socketRights.ts';
import type { SessionHolder, SessionSockets } from './sessionSockets.ts';
import { UserSockets } from './userSocketLimits.ts';
import type { UserSocketLimits } from './userSocketLimits.ts';

export interface SocketServerOptions {
  readonly useCases: SocketUseCases;
  readonly idempotency: Idempotency;
  readonly delivery: CallDelivery;
  readonly sessions: SessionSockets;
  readonly rights: SocketRights;
  readonly metrics: CallMetrics;
  readonly log: Log;
  readonly faults: ConnectionFaults;
  /** The host names that this server accepts; all if absent. */
  readonly allowsHost?: AllowsHost;
  readonly limits: ConnectionLimits &
    UserSocketLimits & {
      readonly messageMaxBytes: number;
      readonly pingEveryMs: number;
      readonly callPingEveryMs: number;
    };
}

export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #connections = new Map<number, Connection>();
  readonly #byDevice = new Map<string, Connection>();
  readonly #handlerOf: (name: RequestName) => SocketRequestHandler;
  readonly #sockets: WebSocketServer;
  readonly #users: UserSockets;
  readonly #pingers: readonly NodeJS.Timeout[];
  #lastNumber = 0;
  #draining = false;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    const { delivery, limits, rights, sessions, useCases } = options;
    // A separate variable, since the library's types do not know `closeTimeout` yet.
    const socketOptions = {
      noServer: true,
      maxPayload: limits.messageMaxBytes,
      // If a client sends many messages at once, each gets its own turn of the event loop.
      allowSynchronousEvents: false,
      closeTimeout: closingMs,
    };
    this.#sockets = new WebSocketServer(socketOptions);
    this.#sockets.on('wsClientError', (_error, socket, request) => {
      refuseHandshake(socket, request);
    });
    this.#users = new UserSockets(limits);
    const { idempotency, log } = options;
    this.#handlerOf = createRequestHandlers({
      useCases,
      idempotent: new Idempotent({ idempotency, log }),
      greet: (connection, userId) => delivery.greet(connection, userId),
      count: (connection, userId) => {
        this.#users.add(connection, userId);
      },
      opensSession: (userId) => this.#users.opensSession(userId),
      enter: (connection, device) => {
        this.#seat(connection, device);
        return rights.enter(connection);
      },
      renewed: (connection) => {
        rights.renewed(connection);
      },
      attach: (connection, sessionId, holder) => this.#attach(connection, sessionId, holder),
      detach: (sessionId) => {
        sessions.detach(sessionId);
      },
    });
    // Others wait for a client that is in a call, so it is pinged more often. An idle device may sleep.
    this.#pingers = [this.#pinging(limits.callPingEveryMs, true), this.#pinging(limits.pingEveryMs, false)];
  }

  /** Sends the notifications of the broadcasts to the socket that each session is on. */
  readonly broadcastListener = {
    notify: (sessionId: SessionId, notification: Notification): void => {
      this.#options.sessions.connectionOf(sessionId)?.notify(notification);
    },
    closed: (sessionId: SessionId, _owner: SessionHolder, why: SessionEnding): void => {
      const { sessions } = this.#options;
      sessions.connectionOf(sessionId)?.notify({ method: 'session.closed', params: { sessionId, why } });
      sessions.detach(sessionId);
    },
    taken: (sessionId: SessionId): void => {
      this.#options.sessions.detach(sessionId);
    },
    cutOff: (sessionId: SessionId): void => {
      void this.#lost(sessionId);
    },
  };

  get connectionCount(): number {
    return this.#connections.size;
  }

  readonly upgrades: Upgrades = {
    wants: wantsUpgrade,
    take: (request, socket, head) => {
      try {
        this.#upgrade(request, socket, head);
      } catch (error) {
        this.#options.faults.failed(error);
        socket.destroy();
      }
    },
  };

  /** Notifications may have been lost: sends every client the current state of its calls. */
  async catchUp(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => this.#options.delivery.catchUp(connection)));
  }

  /** Takes no new sockets. */
  drain(): void {
    this.#draining = true;
  }

  stop(): void {
    this.drain();
    for (const pinger of this.#pingers) clearInterval(pinger);
    for (const connection of this.#connections.values()) connection.close('draining');
    this.#sockets.close();
  }

  #pinging(everyMs: number, inCall: boolean): NodeJS.Timeout {
    return setInterval(() => {
      for (const connection of this.#connections.values()) {
        if (connection.sessions.size > 0 === inCall) connection.ping();
      }
    }, everyMs);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Must come first: the client may be gone already, and an error without a listener ends the process.
    socket.on('error', (error) => {
      this.#options.faults.failed(error);
    });
    const opened = closeUnlessOpened(socket);
    if (this.#draining) {
      refuseUpgrade(socket, 'draining');
      return;
    }
    if (this.#options.allowsHost?.(request.headers.host) === false) {
      refuseUpgrade(socket, 'not_allowed');
      return;
    }
    // The header may list several protocols, which the library does not accept.
    request.headers.upgrade = websocket;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      opened();
      const { limits, metrics, log, faults } = this.#options;
      this.#lastNumber += 1;
      const number = this.#lastNumber;
      const connection = new Connection({
        socket: webSocket,
        number,
        limits,
        metrics,
        log,
        faults,
        admit: (from, bytes) => this.#users.said(from, bytes),
        mayWait: (to) => this.#users.mayWait(to),
        handle: (from, rpc) => this.#handle(from, rpc),
        onClosed: (closed) => {
          this.#connections.delete(number);
          this.#closed(closed);
        },
      });
      this.#connections.set(number, connection);
    });
  }

  #handle(connection: Connection, request: RpcRequest): Promise<unknown> {
    const { method, params } = request;
    if (!isRequestName(method)) throw new BadMessage('unknown_method', request.id ?? null);
    const about = aboutOf(method, params);
    return connection.order.run(requests[method].order, about, () => this.#inTurn(connection, method, request));
  }

  /** Checked only now: a `hello` just before this request may have set the identity. */
  async #inTurn(connection: Connection, method: RequestName, { id = null, params }: RpcRequest): Promise<unknown> {
    if (method !== 'hello' && connection.identity === undefined) throw new CallError('unauthenticated');
    if (method === 'hello' && connection.identity !== undefined) throw new BadMessage('invalid_request', id);
    return this.#handlerOf(method)(connection, params, id);
  }

  /**
   * A device may say hello again, from a copied tab or before its old socket is known to be dead. The newest socket
   * counts.
   */
  #seat(connection: Connection, { userId, deviceId }: Device): void {
    const device = JSON.stringify([userId, deviceId]);
    const before = this.#byDevice.get(device);
    this.#byDevice.set(device, connection);
    before?.close('replaced');
    connection.whenClosed(() => {
      if (this.#byDevice.get(device) === connection) this.#byDevice.delete(device);
    });
  }

  #attach(connection: Connection, sessionId: SessionId, holder: SessionHolder): boolean {
    const { sessions } = this.#options;
    sessions.attach(connection, sessionId, holder);
    // The socket may have died while the session was made.
    if (!connection.isOpen) void this.#lost(sessionId);
    return sessions.connectionOf(sessionId) === connection;
  }

  #closed(connection: Connection): void {
    for (const sessionId of [...connection.sessions]) {
      this.#options.sessions.detach(sessionId);
      void this.#lost(sessionId);
    }
  }

  /** The command retries until it is applied. */
  #lost(sessionId: SessionId): Promise<void> {
    return this.#options.useCases.socketLost(sessionId);
  }
}

function isRequestName(method: string): method is RequestName {
  return Object.hasOwn(requests, method);
}

const subject = z.object({
  sessionId: z.string().max(64).default(''),
  subscriptionId: z.string().max(64).default(''),
  direction: z.string().max(64).default(''),
});

/** The subject of a request that runs beside others. Requests with invalid params are ordered by their method. */
function aboutOf(method: RequestName, params: unknown): string {
  const parsed = subject.safeParse(params);
  if (!parsed.success) return method;
  const { sessionId, subscriptionId, direction } = parsed.data;
  return [method, sessionId, subscriptionId, direction].join(' ');
}
