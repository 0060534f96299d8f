/** Comes to watch a call by a ticket of the app's backend: the signalling of it, whoever receives the media. */
import { randomBytes } from 'node:crypto';
import type { DtlsParameters } from '../../../src/protocol/shared/media.ts';
import { notifications } from '../../../src/protocol/socket/notifications.ts';
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import type { RequestResult } from '../../../src/protocol/socket/requests.ts';
import { SocketClient } from '../../support/socketClient.ts';

export interface WatchOptions {
  readonly userId: string;
  readonly token: string;
  readonly ticket: string;
  readonly url: string;
  readonly localAddress: string;
}

export interface Watching {
  readonly socket: SocketClient;
  readonly joined: RequestResult<'join'>;
  readonly signalling: {
    connect(direction: 'send' | 'receive', dtls: DtlsParameters): Promise<void>;
    ready(subscriptionIds: string[]): Promise<void>;
  };
  /** Gives what is offered, now and later. */
  readonly offerTo: (receiver: Receiving) => Promise<void>;
}
interface Receiving {
  subscribed(subscriptions: readonly Subscription[]): Promise<void>;
}

export async function comeToWatch({ token, ticket, url, localAddress }: WatchOptions): Promise<Watching> {
  const socket = await SocketClient.open(url, localAddress);
  socket.keeps = false;
  const deviceId = `device-${randomBytes(6).toString('hex')}`;
  const { routerRtpCapabilities: rtpCapabilities } = await socket.ask('hello', { token, deviceId });
  const joined = await socket.ask('join', { ticket, rtpCapabilities });
  const { sessionId } = joined;
  return {
    socket,
    joined,
    signalling: {
      connect: async (direction, dtlsParameters) => {
        await socket.ask('connect', { sessionId, direction, dtlsParameters });
      },
      ready: async (subscriptionIds) => {
        await socket.ask('ready', { sessionId, subscriptionIds });
      },
    },
    offerTo: async (receiver) => {
      socket.onNotification = ({ method, params }) => {
        if (method !== 'subscription.added') return;
        void receiver.subscribed(notifications[method].params.parse(params).subscriptions);
      };
      await receiver.subscribed(joined.subscriptions);
    },
  };
}
