/**
 * Limits what each network has open at once: connections, or requests and sockets behind proxies. Networks are counted
 * under a keyed hash. Key and counts live in the memory of this process; a count is removed with the last connection of
 * its network.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionFaults } from '../../connectionFaults.ts';
import { networkOf } from '../clientAddress.ts';
import type { Clients } from '../clientAddress.ts';
import { onExchangeEnd } from '../onExchangeEnd.ts';

/** A client over the limit gets the refusal as the answer to a request. This is the longest wait for that request. */
const refusalWithinMs = 2_000;
/** More than this waiting for a refusal are a flood, and are closed at once. */
const maxAwaitingRefusal = 64;

class OpenPerNetwork {
  readonly #most: number;
  readonly #key = randomBytes(32);
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one more for this address; the returned function ends it. Undefined if its network is at the limit. */
  begin(address: string): (() => void) | undefined {
    const network = createHmac('sha256', this.#key).update(networkOf(address)).digest('base64');
    const others = this.#open.get(network) ?? 0;
    if (others >= this.#most) return undefined;
    this.#open.set(network, others + 1);
    return () => {
      const left = (this.#open.get(network) ?? 1) - 1;
      if (left > 0) this.#open.set(network, left);
      else this.#open.delete(network);
    };
  }
}

export interface NetworkLimitOptions {
  /** Limit per network. */
  readonly most: number;
  readonly clients: Clients;
  readonly faults: ConnectionFaults;
}

/** Limits the connections of each network; behind proxies, the requests and sockets. */
export class NetworkLimit {
  readonly #options: NetworkLimitOptions;
  readonly #open: OpenPerNetwork;
  /** Connections over the limit. Each gets one refusal and is closed. */
  readonly #refused = new Set<Duplex>();

  constructor(options: NetworkLimitOptions) {
    this.#options = options;
    this.#open = new OpenPerNetwork(options.most);
  }

  met(socket: Socket): void {
    const { clients, faults } = this.#options;
    const address = socket.remoteAddress;
    // A connection that is closed already has no address.
    if (address === undefined || clients.isProxy(address)) return;
    const ended = this.#open.begin(address);
    if (ended !== undefined) {
      socket.once('close', ended);
      return;
    }
    faults.cut('crowded');
    if (this.#refused.size >= maxAwaitingRefusal) {
      socket.destroy();
      return;
    }
    this.#refused.add(socket);
    const late = setTimeout(() => {
      socket.destroy();
    }, refusalWithinMs);
    socket.once('close', () => {
      clearTimeout(late);
      this.#refused.delete(socket);
    });
  }

  isRefused(socket: Duplex): boolean {
    return this.#refused.has(socket);
  }

  /** `whole` closes when the request is over, or the socket that it opens. */
  admits(request: IncomingMessage, whole: ServerResponse | Duplex): boolean {
    const { clients, faults } = this.#options;
    if (this.#refused.has(request.socket)) return false;
    const address = clients.addressOf(request);
    // Counted with its connection, or a request of the proxy itself, such as a health check.
    if (address === (request.socket.remoteAddress ?? '')) return true;
    const ended = this.#open.begin(address);
    if (ended === undefined) {
      faults.cut('crowded');
      return false;
    }
    onExchangeEnd(whole, request.socket, ended);
    return true;
  }
}
