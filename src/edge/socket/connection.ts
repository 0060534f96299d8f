/** One client's socket: reads frames, answers each one, and sends notifications. */
import type { WebSocket } from 'ws';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, DeviceId, SessionId } from '../../domain/kernel/ids.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';
import type { ReadToken } from '../../ports/people/tokens.ts';
import { closeCodes } from '../../protocol/socket/closeCodes.ts';
import type { CloseReason } from '../../protocol/socket/closeCodes.ts';
import { notifications } from '../../protocol/socket/notifications.ts';
import type { Notification } from '../../protocol/socket/notifications.ts';
import type { RequestId, RpcRequest } from '../../protocol/socket/jsonRpc.ts';
import type { ConnectionFaults } from '../connectionFaults.ts';
import { padded } from '../padded.ts';
import { RequestOrder } from './requestOrder.ts';
import { BadMessage, errorFrame, notificationFrame, parseRequest, resultFrame } from './rpc.ts';
import { closingMs } from './upgrades.ts';

export interface ConnectionLimits {
  readonly helloTimeoutMs: number;
  readonly badMessagesAllowed: number;
  /** Limit of requests of this socket that are executing or waiting for their turn. */
  readonly requestsInFlight: number;
}

export interface ConnectionOptions {
  readonly socket: WebSocket;
  /** Unique in this process. */
  readonly number: number;
  readonly limits: ConnectionLimits;
  readonly metrics: CallMetrics;
  readonly log: Log;
  readonly faults: ConnectionFaults;
  /** Throws `too_many_requests` if the client sends too much. */
  readonly admit: (connection: Connection, bytes: number) => Promise<void>;
  /** Whether more data may be queued for this client. */
  readonly mayWait: (connection: Connection) => boolean;
  readonly handle: (connection: Connection, request: RpcRequest) => Promise<unknown>;
  readonly onClosed: (connection: Connection) => void;
}

/** If this much is queued for a client that does not read, the server stops reading from it as well. */
const stopReadingBytes = 256 * 1024;
/** If this much is queued, the connection is cut before more is added: a single answer may be large. */
const unreadBytesPerSocket = 1024 * 1024;
/** A client that reads nothing for this long is stuck, not slow. */
const stuckMs = 10_000;
/** One bad message among many good ones is a mistake in a program, and is forgiven after this time. */
const forgivenAfterMs = 10_000;

export class Connection {
  /** Set by `hello`. */
  identity: (ReadToken & { readonly deviceId: DeviceId }) | undefined;
  /** The token has expired, and could not be renewed while the store was unavailable. Nothing new may be started. */
  tokenIsOver = false;
  readonly number: number;
  /** The order in which its requests take effect. */
  readonly order = new RequestOrder();
  /** Sessions whose notifications go to this socket. */
  readonly sessions = new Set<SessionId>();
  /** Calls that this client knows of and that have not ended for it. */
  readonly knownCalls = new Set<CallId>();
  /** Calls whose changes are being applied at this moment. */
  readonly followedCalls = new Set<CallId>();
  /** Run when the socket closes. */
  readonly #undo: (() => void)[] = [];
  readonly #options: ConnectionOptions;
  /** Notifications that wait for the answer to `hello`. */
  #held: string[] | undefined;
  #badMessages = 0;
  #lastBadAt = 0;
  #inFlight = 0;
  #missedPings = 0;
  /** Set while the server does not read from the client, because the client does not read either. */
  #stuck: NodeJS.Timeout | undefined;
  #open = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.number = options.number;
    const { socket, limits } = options;
    const helloTimer = setTimeout(() => {
      if (this.identity === undefined) this.close('hello_timeout');
    }, limits.helloTimeoutMs);
    this.whenClosed(() => {
      clearTimeout(helloTimer);
    });
    this.#listen(socket);
  }

  /** False as soon as the server closes it, even if the client has not answered yet. */
  get isOpen(): boolean {
    const { socket } = this.#options;
    return this.#open && socket.readyState === socket.OPEN;
  }

  /** Bytes queued for the client, without those already in the network. */
  get unreadBytes(): number {
    return this.#options.socket.bufferedAmount;
  }

  /** Runs `undo` when the socket closes, or at once if it is closed. */
  whenClosed(undo: () => void): void {
    if (this.#open) this.#undo.push(undo);
    else undo();
  }

  notify(notification: Notification): void {
    this.tell(frameOf(notification));
  }

  /** `frame` is an encoded notification, shared by all clients that get the same one. */
  tell(frame: string): void {
    if (this.#held === undefined) this.#send(frame);
    else this.#held.push(frame);
  }

  /** Holds notifications back until `hello` is answered: they are newer than the calls in that answer. */
  holdNotifications(): void {
    this.#held = [];
  }

  #releaseNotifications(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) this.#send(frame);
  }

  /** Closes the connection if the client has sent nothing since the last two pings. */
  ping(): void {
    // The server is not reading, so it would miss the answer. `stuckMs` limits this state.
    if (this.#stuck !== undefined) return;
    if (this.#missedPings >= 2) {
      this.close('unresponsive');
      // It would not answer the close handshake either.
      this.#options.socket.terminate();
      return;
    }
    this.#missedPings += 1;
    this.#options.socket.ping();
  }

  close(reason: CloseReason): void {
    this.#options.socket.close(closeCodes[reason], reason);
    // Do not wait for a peer that does not answer the close handshake.
    const cut = setTimeout(() => {
      this.#options.socket.terminate();
    }, closingMs);
    this.whenClosed(() => {
      clearTimeout(cut);
    });
  }

  #listen(socket: WebSocket): void {
    socket.on('message', (data, isBinary) => {
      // The server is closing this connection, so it takes no more messages.
      if (!this.isOpen) return;
      this.#missedPings = 0;
      const bytes = Buffer.isBuffer(data) ? data : undefined;
      void this.#onFrame(isBinary ? undefined : bytes?.toString('utf8'), bytes?.length ?? 0);
    });
    socket.on('pong', (data) => {
      // The answer to the server's own ping is free.
      if (this.#missedPings === 0) void this.#onControl(data.length);
      this.#missedPings = 0;
    });
    socket.on('ping', (data) => {
      this.#missedPings = 0;
      void this.#onControl(data.length);
    });
    // The close event follows.
    socket.on('error', (error) => {
      this.#options.faults.failed(error);
    });
    socket.on('close', () => {
      this.#open = false;
      clearTimeout(this.#stuck);
      for (const undo of this.#undo.splice(0)) undo();
      this.#options.onClosed(this);
    });
  }

  async #onFrame(text: string | undefined, bytes: number): Promise<void> {
    let request: RpcRequest | undefined;
    try {
      if (text === undefined) throw new BadMessage('malformed', null);
      // Parse before admitting: a client that is too fast must learn which request was refused. Bad messages are
      // counted below.
      request = parseRequest(text);
      await this.#options.admit(this, bytes);
      const result = await this.#counted(request);
      if (request.id !== undefined) this.#send(resultFrame(request.id, result));
    } catch (error) {
      this.#refuse(request === undefined ? idOfBad(error) : request.id, error);
    } finally {
      if (request?.method === 'hello') this.#releaseNotifications();
    }
  }

  async #counted(request: RpcRequest): Promise<unknown> {
    if (this.#inFlight >= this.#options.limits.requestsInFlight) throw new CallError('too_many_in_flight');
    this.#inFlight += 1;
    try {
      return await this.#options.handle(this, request);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Pings and pongs cost as much as messages, but have no answer that could carry a refusal. */
  async #onControl(bytes: number): Promise<void> {
    try {
      await this.#options.admit(this, bytes);
    } catch (error) {
      this.#refuse(undefined, error);
    }
  }

  /** `id` is undefined if the client wants no answer. */
  #refuse(id: RequestId | undefined, error: unknown): void {
    const { metrics, log, limits } = this.#options;
    const refusal = error instanceof CallError ? error : new CallError('internal', { cause: error });
    metrics.refused('ws', refusal.code);
    if (refusal.code === 'internal') log.error('failed to serve a socket request', { code: 'internal', error });
    if (id !== undefined) this.#send(errorFrame(id, refusal));
    if (refusal.kind !== 'invalid' && refusal.kind !== 'too_many' && refusal.kind !== 'unauthenticated') return;
    const now = performance.now();
    this.#badMessages = Math.max(0, this.#badMessages - (now - this.#lastBadAt) / forgivenAfterMs) + 1;
    this.#lastBadAt = now;
    if (this.#badMessages > limits.badMessagesAllowed) {
      this.close(refusal.kind === 'too_many' ? 'too_many_requests' : 'too_many_bad_messages');
    }
  }

  #send(frame: string): void {
    const { socket, mayWait, faults } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    if (this.unreadBytes > unreadBytesPerSocket || !mayWait(this)) {
      faults.cut('slow');
      socket.terminate();
      return;
    }
    socket.send(padded(frame), () => {
      this.#wasRead();
    });
    if (this.unreadBytes > stopReadingBytes) this.#stopReading();
  }

  #stopReading(): void {
    if (this.#stuck !== undefined) return;
    const { socket, faults } = this.#options;
    socket.pause();
    this.#stuck = setTimeout(() => {
      faults.cut('slow');
      socket.terminate();
    }, stuckMs);
  }

  #wasRead(): void {
    if (this.#stuck === undefined || this.unreadBytes > stopReadingBytes / 2) return;
    clearTimeout(this.#stuck);
    this.#stuck = undefined;
    this.#options.socket.resume();
  }
}

/** Fields that the schema does not name are not sent. */
export function frameOf({ method, params }: Notification): string {
  return notificationFrame(method, notifications[method].params.parse(params));
}

/** If the message was no request at all, JSON-RPC wants null in the answer. */
function idOfBad(error: unknown): RequestId {
  return error instanceof BadMessage ? error.id : null;
}
