/** Every request of the socket: parse it, run one command, and answer with the fields of its schema and no others. */
import type { Call } from '../../domain/call/call.ts';
import type { Device } from '../../domain/media/admission.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import type { CallId, DeviceId, Instant, SessionId, UserId } from '../../domain/kernel/ids.ts';
import type { JoinedSession, JoiningSocket } from '../../commands/media/joinedSession.ts';
import type { SessionRequest } from '../../commands/media/ownSession.ts';
import type { ResumedSession, ResumeRequest } from '../../commands/media/resumeSession.ts';
import type { EventsPage } from '../../commands/call/readCall.ts';
import type { ReadToken } from '../../ports/people/tokens.ts';
import type { RtpCapabilities } from '../../protocol/shared/media.ts';
import { isSocketCommand } from '../../protocol/shared/callCommands.ts';
import type { SocketCommandName } from '../../protocol/shared/callCommands.ts';
import { requests } from '../../protocol/socket/requests.ts';
import type { RequestName } from '../../protocol/socket/requests.ts';
import { callView, eventView } from '../callView.ts';
import type { Idempotent } from '../idempotent.ts';
import type { Connection } from './connection.ts';
import { commandHandler } from './callRequests.ts';
import type { CommandUseCases } from './callRequests.ts';
import { identityOf, known, presence, stillThere } from './socketIdentity.ts';
import { mediaHandlers, turnServersView } from './mediaRequests.ts';
import type { MediaUseCases } from './mediaRequests.ts';
import { on } from './requestHandler.ts';
import type { RequestHandler } from './requestHandler.ts';
import type { SessionHolder } from './sessionSockets.ts';

interface AdmittedCall {
  readonly call: Call;
  readonly ticket: string;
}
/** The use cases of the socket, supplied by the composition root. */
export interface SocketUseCases extends CommandUseCases, MediaUseCases {
  /** What this service can route. The same on all nodes. */
  readonly routerRtpCapabilities: RtpCapabilities;
  readUserToken(token: string): Promise<ReadToken>;
  liveCalls(userId: UserId): Promise<readonly AdmittedCall[]>;
  joinBroadcast(
    request: {
      ticket: string;
      device: { userId: UserId; deviceId: DeviceId };
      rtpCapabilities: RtpCapabilities;
    },
    socket: JoiningSocket,
  ): Promise<JoinedSession>;
  /** Another ticket for a viewer's session. */
  renewTicket(request: SessionRequest<'renewTicket'>): Promise<{ readonly expiresAt: Instant }>;
  resumeSession(request: ResumeRequest, attach: (holder: SessionHolder) => void): Promise<ResumedSession>;
  readCall(request: { readonly callId: CallId; readonly userId: UserId }): Promise<AdmittedCall>;
  /** The device gives up its session. The participant may come back within the grace. */
  leaveSession(request: SessionRequest<'leaveSession'>, detach: () => void): Promise<void>;
  /** The socket of a session is lost. Retried until applied; never rejects. */
  socketLost(sessionId: SessionId): Promise<void>;
  eventsAfter(request: { callId: CallId; userId: UserId; after: number; limit: number }): Promise<EventsPage>;
}

export interface SocketContext {
  readonly useCases: SocketUseCases;
  readonly idempotent: Idempotent;
  /** Subscribes the connection to its user's calls. */
  readonly greet: (connection: Connection, userId: UserId) => Promise<void>;
  /** Counts the connection as one of this user's. Throws `too_many_sockets`. */
  readonly count: (connection: Connection, userId: UserId) => void;
  /** Throws `too_many_requests` if the user opens too many sessions in a short time. */
  readonly opensSession: (userId: UserId) => Promise<void>;
  /** Binds the device to this connection and to no other, on any node. The connection closes when its rights end. */
  readonly enter: (connection: Connection, device: Device) => Promise<void>;
  /** The connection has a newer token. */
  readonly renewed: (connection: Connection) => void;
  /** Whether the session is on this connection now: the connection may have closed. */
  readonly attach: (connection: Connection, sessionId: SessionId, holder: SessionHolder) => boolean;
  readonly detach: (sessionId: SessionId) => void;
}

export type SocketRequestHandler = RequestHandler<Connection>;

/** Answers what does a request of this name. */
export function createRequestHandlers(context: SocketContext): (name: RequestName) => SocketRequestHandler {
  const handlers: Readonly<Record<Exclude<RequestName, SocketCommandName>, SocketRequestHandler>> = {
    ...identityHandlers(context),
    ...tokenHandlers(context),
    ...eventHandlers(context),
    ...mediaHandlers(context.useCases),
  };
  return (name) => (isSocketCommand(name) ? commandHandler(name, context) : handlers[name]);
}

function identityHandlers(context: SocketContext) {
  const { useCases, greet, count, opensSession, enter, attach, detach } = context;
  const present = presence(useCases);
  const opening = async (connection: Connection) => {
    const device = await present(connection);
    await opensSession(device.userId);
    return device;
  };
  return {
    hello: on(requests.hello, async ({ token, deviceId }, connection) => {
      const { userId, generation, expiresAt } = await useCases.readUserToken(token);
      const viewer = { userId, deviceId };
      count(connection, userId);
      connection.identity = { ...viewer, generation, expiresAt };
      connection.holdNotifications();
      // Subscribe before the calls are read, so that no change is missed.
      await Promise.all([enter(connection, viewer), greet(connection, userId)]).catch((error: unknown) => {
        // A device over the limit stays unauthenticated.
        if (error instanceof CallError && error.code === 'too_many_devices') connection.identity = undefined;
        throw error;
      });
      await stillThere(connection, useCases);
      const calls = await useCases.liveCalls(userId);
      for (const { call } of calls) connection.knownCalls.add(call.id);
      const { routerRtpCapabilities } = useCases;
      return { userId, calls: calls.map((call) => admittedView(call, viewer)), routerRtpCapabilities };
    }),
    resume: on(requests.resume, async ({ callId, sessionId }, connection) => {
      const viewer = await opening(connection);
      const resumed = await useCases.resumeSession({ callId, sessionId, device: viewer }, (holder) => {
        attach(connection, sessionId, holder);
      });
      return { call: admittedView(resumed, viewer), subscriptions: [...resumed.subscriptionsNow()] };
    }),
    join: on(requests.join, async ({ ticket, rtpCapabilities }, connection) => {
      const device = await opening(connection);
      const { subscriptionsNow, iceServers, ...joined } = await useCases.joinBroadcast(
        { ticket, device, rtpCapabilities },
        { attach: (sessionId, holder) => attach(connection, sessionId, holder), detach },
      );
      return { ...joined, iceServers: turnServersView(iceServers), subscriptions: [...subscriptionsNow()] };
    }),
    ping: on(requests.ping, (_nothing, connection) => {
      known(connection);
      return {};
    }),
    leaveSession: on(requests.leaveSession, async ({ sessionId }, connection) => {
      await useCases.leaveSession({ sessionId, device: known(connection) }, () => {
        detach(sessionId);
      });
      return {};
    }),
  };
}

function tokenHandlers({ useCases, renewed }: SocketContext) {
  return {
    renewTicket: on(requests.renewTicket, async ({ sessionId, ticket }, connection) => {
      const { expiresAt } = await useCases.renewTicket({ sessionId, ticket, device: known(connection) });
      return { expiresAt };
    }),
    renew: on(requests.renew, async ({ token }, connection) => {
      const { userId, deviceId, generation } = identityOf(connection);
      const holder = await useCases.readUserToken(token);
      if (holder.userId !== userId) throw new CallError('not_allowed');
      // Since this socket said hello, the user was signed out, or the user id now belongs to somebody else. The socket
      // is not theirs.
      if (holder.generation !== generation) throw new CallError('unauthenticated');
      connection.identity = { ...holder, deviceId };
      renewed(connection);
      return { expiresAt: holder.expiresAt };
    }),
  };
}

function admittedView({ call, ticket }: AdmittedCall, viewer: { userId: UserId; deviceId: DeviceId }) {
  return { call: callView(call, viewer), ticket };
}

function eventHandlers({ useCases }: SocketContext) {
  const present = presence(useCases);
  return {
    events: on(requests.events, async ({ callId, after, limit }, connection) => {
      const { userId } = await present(connection);
      const { events, next, missed } = await useCases.eventsAfter({ callId, userId, after, limit });
      return {
        events: events.map(eventView),
        ...(next === undefined ? {} : { next }),
        ...(missed === 0 ? {} : { missed }),
      };
    }),
  };
}
