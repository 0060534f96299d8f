/** One client's socket: reads frames, answers each, and tells the client what it must hear. */
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
  /** Requests of this socket that are at work or wait for their turn. */
  readonly requestsInFlight: number;
}

export interface ConnectionOptions {
  readonly socket: WebSocket;
  /** Tells it from all others of this process. */
  readonly number: number;
  readonly limits: ConnectionLimits;
  readonly metrics: CallMetrics;
  readonly log: Log;
  readonly faults: ConnectionFaults;
  /** Throws `too_many_requests` when the client says too much. */
  readonly admit: (connection: Connection, bytes: number) => Promise<void>;
  /** Whether more may wait for this client to read it. */
  readonly mayWait: (connection: Connection) => boolean;
  readonly handle: (connection: Connection, request: RpcRequest) => Promise<unknown>;
  readonly onClosed: (connection: Connection) => void;
}

/** When so much waits for a client that does not read, nothing more is read from it either. */
const stopReadingBytes = 256 * 1024;
/** With so much waiting it is cut off before more is added: an answer alone may be large. */
const unreadBytesPerSocket = 1024 * 1024;
/** A client that reads nothing for so long is not slow but stuck. */
const stuckMs = 10_000;
/** One bad message among many good ones is a mistake of a program, and forgiven after this. */
const forgivenAfterMs = 10_000;

export class Connection {
  /** Set by `hello`. */
  identity: (ReadToken & { readonly deviceId: DeviceId }) | undefined;
  /** The token ended, and nobody could renew it since the store is away: nothing new may be done. */
  tokenIsOver = false;
  readonly number: number;
  /** In which order its requests take effect. */
  readonly order = new RequestOrder();
  /** Sessions whose notifications go to this socket. */
  readonly sessions = new Set<SessionId>();
  /** Calls that this client was told of and that have not ended for it. */
  readonly knownCalls = new Set<CallId>();
  /** Calls of which news are being followed at this moment. */
  readonly followedCalls = new Set<CallId>();
  /** Undone when the socket closes. */
  readonly #undo: (() => void)[] = [];
  readonly #options: ConnectionOptions;
  /** Notifications that wait for the answer to `hello`. */
  #held: string[] | undefined;
  #badMessages = 0;
  #lastBadAt = 0;
  #inFlight = 0;
  #missedPings = 0;
  /** Set while nothing is read from the client, which does not read either. */
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

  /** False from the moment on at which we close it, though the client may not have answered yet. */
  get isOpen(): boolean {
    const { socket } = this.#options;
    return this.#open && socket.readyState === socket.OPEN;
  }

  /** Bytes that the client has not read yet, beyond what the network holds. */
  get unreadBytes(): number {
    return this.#options.socket.bufferedAmount;
  }

  /** Runs `undo` when the socket closes; at once when it has. */
  whenClosed(undo: () => void): void {
    if (this.#open) this.#undo.push(undo);
    else undo();
  }

  notify(notification: Notification): void {
    this.tell(frameOf(notification));
  }

  /** `frame`: of a notification, made once for everybody to whom it says the same. */
  tell(frame: string): void {
    if (this.#held === undefined) this.#send(frame);
    else this.#held.push(frame);
  }

  /** Until `hello` is answered: the answer says how the calls stand, and news are newer than that. */
  holdNews(): void {
    this.#held = [];
  }

  #releaseNews(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) this.#send(frame);
  }

  /** A client that has said nothing since the last two pings is gone. */
  ping(): void {
    // What it answers is not read now; how long it may take to read itself is bounded elsewhere.
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
    // A peer that does not answer the close handshake is not waited for.
    const cut = setTimeout(() => {
      this.#options.socket.terminate();
    }, closingMs);
    this.whenClosed(() => {
      clearTimeout(cut);
    });
  }

  #listen(socket: WebSocket): void {
    socket.on('message', (data, isBinary) => {
      // Of a client that we are closing nothing is taken any more.
      if (!this.isOpen) return;
      this.#missedPings = 0;
      const bytes = Buffer.isBuffer(data) ? data : undefined;
      void this.#onFrame(isBinary ? undefined : bytes?.toString('utf8'), bytes?.length ?? 0);
    });
    socket.on('pong', (data) => {
      // The answer to our own question is for free.
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
      // Read before it is admitted: a client that is too fast must hear which request was refused. Bad ones are counted below.
      request = parseRequest(text);
      await this.#options.admit(this, bytes);
      const result = await this.#counted(request);
      if (request.id !== undefined) this.#send(resultFrame(request.id, result));
    } catch (error) {
      this.#refuse(request === undefined ? idOfBad(error) : request.id, error);
    } finally {
      if (request?.method === 'hello') this.#releaseNews();
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

  /** Pings and pongs cost as much as any message, and have no answer that could refuse them. */
  async #onControl(bytes: number): Promise<void> {
    try {
      await this.#options.admit(this, bytes);
    } catch (error) {
      this.#refuse(undefined, error);
    }
  }

  /** `id`: undefined where the client asked for no answer. */
  #refuse(id: RequestId | undefined, error: unknown): void {
    const { metrics, log, limits } = this.#options;
    const refusal = error instanceof CallError ? error : new CallError('internal', { cause: error });
    metrics.refused('ws', refusal.code);
    if (refusal.code === 'internal') log.error('a request over the socket failed', { code: 'internal', error });
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

/** What the schema does not name does not leave. */
export function frameOf({ method, params }: Notification): string {
  return notificationFrame(method, notifications[method].params.parse(params));
}

/** Undefined id: it was no request at all, and JSON-RPC wants null in the answer. */
function idOfBad(error: unknown): RequestId {
  return error instanceof BadMessage ? error.id : null;
}
