/** One client's socket: reads frames, answers each, and tells the client what it must hear. */
import type { WebSocket } from 'ws';
import { CallError } from '../../call/errors.ts';
import type { CallId, DeviceId, SessionId } from '../../call/ids.ts';
import type { CallMetrics } from '../../ports/callMetrics.ts';
import type { Log } from '../../ports/log.ts';
import type { ReadToken } from '../../ports/tokens.ts';
import { closeCodes } from '../../protocol/closeCodes.ts';
import type { CloseReason } from '../../protocol/closeCodes.ts';
import { notifications } from '../../protocol/notifications.ts';
import type { Notification } from '../../protocol/notifications.ts';
import type { RpcRequest } from '../../protocol/jsonRpc.ts';
import type { ConnectionFaults } from '../connectionFaults.ts';
import { padded } from '../padded.ts';
import { BadMessage, errorFrame, notificationFrame, parseRequest, resultFrame } from './rpc.ts';
import { closingMs } from './upgrades.ts';

export interface ConnectionLimits {
  readonly helloTimeoutMs: number;
  readonly badMessagesAllowed: number;
}

export interface ConnectionOptions {
  readonly socket: WebSocket;
  readonly limits: ConnectionLimits;
  readonly metrics: CallMetrics;
  readonly log: Log;
  readonly faults: ConnectionFaults;
  /** Throws `too_many_requests` when the client sends too fast. */
  readonly admit: () => Promise<void>;
  readonly handle: (connection: Connection, request: RpcRequest) => Promise<unknown>;
  readonly onClosed: (connection: Connection) => void;
}

/** Bytes that may wait for a client that does not read; beyond them it is cut off. */
const sendBufferLimit = 4 * 1024 * 1024;

export class Connection {
  /** Set by `hello`. */
  identity: (ReadToken & { readonly deviceId: DeviceId }) | undefined;
  /** The token ended, and nobody could renew it since the store is away: nothing new may be done. */
  tokenIsOver = false;
  /** A `hello` is being read. */
  isGreeting = false;
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
  #missedPings = 0;
  #open = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { socket, limits } = options;
    const helloTimer = setTimeout(() => {
      if (this.identity === undefined) this.close('hello_timeout');
    }, limits.helloTimeoutMs);
    this.whenClosed(() => {
      clearTimeout(helloTimer);
    });
    socket.on('message', (data, isBinary) => {
      // Of a client that we are closing nothing is taken any more.
      if (!this.isOpen) return;
      this.#missedPings = 0;
      void this.#onFrame(isBinary || !Buffer.isBuffer(data) ? undefined : data.toString('utf8'));
    });
    socket.on('pong', () => {
      this.#missedPings = 0;
    });
    // The close event follows.
    socket.on('error', (error) => {
      options.faults.failed(error);
    });
    socket.on('close', () => {
      this.#open = false;
      for (const undo of this.#undo.splice(0)) undo();
      options.onClosed(this);
    });
  }

  /** False from the moment on at which we close it, though the client may not have answered yet. */
  get isOpen(): boolean {
    const { socket } = this.#options;
    return this.#open && socket.readyState === socket.OPEN;
  }

  /** Runs `undo` when the socket closes; at once when it has. */
  whenClosed(undo: () => void): void {
    if (this.#open) this.#undo.push(undo);
    else undo();
  }

  /** What the schema does not name does not leave. */
  notify(notification: Notification): void {
    const params = notifications[notification.method].params.parse(notification.params);
    const frame = notificationFrame(notification.method, params);
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

  async #onFrame(text: string | undefined): Promise<void> {
    let id: number | null = null;
    let isHello = false;
    try {
      await this.#options.admit();
      if (text === undefined) throw new BadMessage('malformed', null);
      const request = parseRequest(text);
      id = request.id;
      isHello = request.method === 'hello';
      this.#send(resultFrame(request.id, await this.#options.handle(this, request)));
    } catch (error) {
      this.#refuse(error instanceof BadMessage ? error.id : id, error);
    } finally {
      if (isHello) this.#releaseNews();
    }
  }

  #refuse(id: number | null, error: unknown): void {
    const { metrics, log, limits } = this.#options;
    const refusal = error instanceof CallError ? error : new CallError('internal', { cause: error });
    metrics.refused('ws', refusal.code);
    if (refusal.code === 'internal') log.error('a request over the socket failed', { code: 'internal', error });
    this.#send(errorFrame(id, refusal));
    if (refusal.kind !== 'invalid' && refusal.kind !== 'too_many') return;
    this.#badMessages += 1;
    if (this.#badMessages > limits.badMessagesAllowed) {
      this.close(refusal.kind === 'too_many' ? 'too_many_requests' : 'too_many_bad_messages');
    }
  }

  #send(frame: string): void {
    const { socket } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > sendBufferLimit) socket.terminate();
    else socket.send(padded(frame));
  }
}
