/** Somebody who watches a call by a ticket of the app's backend, and sends nothing. */
import { randomBytes } from 'node:crypto';
import { notifications } from '../../../src/protocol/notifications.ts';
import { SocketClient } from '../../support/socketClient.ts';
import { Participant } from '../../support/participant.ts';
import { Ears } from './ears.ts';
import type { Ear } from './ears.ts';

export interface ViewerOptions {
  readonly userId: string;
  readonly token: string;
  readonly ticket: string;
  readonly callId: string;
  readonly url: string;
  readonly localAddress: string;
}

export class Viewer {
  readonly #ears: Ears;
  readonly #callId: string;
  readonly #socket: SocketClient;
  readonly #participant: Participant;

  private constructor(callId: string, ears: Ears, parts: ViewerParts) {
    this.#ears = ears;
    this.#callId = callId;
    this.#socket = parts.socket;
    this.#participant = parts.participant;
  }

  static async watch({ userId, token, ticket, callId, url, localAddress }: ViewerOptions): Promise<Viewer> {
    const socket = await SocketClient.open(url, localAddress);
    socket.keeps = false;
    const deviceId = `device-${randomBytes(6).toString('hex')}`;
    const { routerRtpCapabilities: rtpCapabilities } = await socket.ask('hello', { token, deviceId });
    const { sessionId, subscriptions, ...joined } = await socket.ask('join', { ticket, rtpCapabilities });
    const ears = new Ears(userId);
    const participant = new Participant({
      ...joined,
      subscriptions,
      bindAddress: localAddress,
      hear: (subscription, payload) => {
        ears.hear(callId, subscription, payload);
      },
      signalling: {
        connect: async (direction, dtlsParameters) => {
          await socket.ask('connect', { sessionId, direction, dtlsParameters });
        },
        publish: () => Promise.reject(new Error('a viewer sends nothing')),
        ready: async (subscriptionIds) => {
          await socket.ask('ready', { sessionId, subscriptionIds });
        },
      },
    });
    socket.onNotification = ({ method, params }) => {
      if (method === 'subscription.added') {
        void participant.subscribed(notifications[method].params.parse(params).subscriptions);
      }
    };
    await participant.subscribed(subscriptions);
    return new Viewer(callId, ears, { socket, participant });
  }

  get ears(): readonly Ear[] {
    return this.#ears.of(this.#callId);
  }

  async close(): Promise<void> {
    this.#participant.close();
    await this.#socket.close();
  }
}

interface ViewerParts {
  readonly socket: SocketClient;
  readonly participant: Participant;
}
