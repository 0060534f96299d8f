/** The commands with their dependencies bound: everything that both edges may request. */
import type { Config } from '../../../config/schema.ts';
import type { CallId, Instant, NodeId, SessionId, TicketId, UserId } from '../../domain/kernel/ids.ts';
import type { RelationChange } from '../../domain/people/relations.ts';
import { liveCalls, readCall, readEvents } from '../../commands/call/readCall.ts';
import type { CallOwners } from '../../commands/cluster/callOwners.ts';
import type { Facts } from '../../commands/call/pendingFacts.ts';
import { callable } from '../../commands/people/callable.ts';
import type { CallableRequest } from '../../commands/people/callable.ts';
import { changeCall, readChange } from '../../commands/call/changeCall.ts';
import type { ChangeRequest, ReadChangeRequest } from '../../commands/call/changeCall.ts';
import type { ByUser } from '../../commands/call/readCall.ts';
import type { PeoplesCommandName } from '../../protocol/shared/callCommands.ts';
import { changeRelations } from '../../commands/people/changeRelations.ts';
import { exportUser } from '../../commands/people/exportUser.ts';
import type { ExportRequest } from '../../commands/people/exportUser.ts';
import { forgetUser } from '../../commands/people/forgetUser.ts';
import { readHistory, seeHistory } from '../../commands/call/history.ts';
import type { HistoryRequest } from '../../commands/call/history.ts';
import { createCall } from '../../commands/call/createCall.ts';
import type { CreateCallContext, CreateCallRequest } from '../../commands/call/createCall.ts';
import { issueTicket } from '../../commands/media/viewers/issueTicket.ts';
import type { IssueTicketContext, TicketWish } from '../../commands/media/viewers/issueTicket.ts';
import { listViewers } from '../../commands/media/viewers/listViewers.ts';
import type { ViewersRequest } from '../../commands/media/viewers/listViewers.ts';
import type { LocalViewers } from '../../commands/media/viewers/localViewers.ts';
import { removeViewer, revokeTicket } from '../../commands/media/viewers/removeViewer.ts';
import { renewTicket } from '../../commands/media/viewers/renewTicket.ts';
import type { RenewTicketContext } from '../../commands/media/viewers/renewTicket.ts';
import type { ViewersAnywhere } from '../../ports/media/viewers.ts';
import type { ViewerTickets } from '../../ports/media/viewerTickets.ts';
import { joinBroadcast } from '../../commands/media/joinBroadcast.ts';
import type { JoinBroadcastRequest } from '../../commands/media/joinBroadcast.ts';
import type { JoiningSocket } from '../../commands/media/joinedSession.ts';
import { followOwnedChange, reconcileBroadcasts } from '../../commands/cluster/ownership.ts';
import { connectTransport, restartIce } from '../../commands/media/connectTransport.ts';
import type { TransportContext } from '../../commands/media/connectTransport.ts';
import { endSession, leaveSession } from '../../commands/media/leaveSession.ts';
import type { SessionRequest } from '../../commands/media/ownSession.ts';
import { pauseTrack, publishTracks, unpublishTracks } from '../../commands/media/publishTracks.ts';
import type { PublishContext } from '../../commands/media/publishTracks.ts';
import { preferLayers, startSubscriptions } from '../../commands/media/receiveTracks.ts';
import type { ReceiveContext } from '../../commands/media/receiveTracks.ts';
import { followOnSocket, socketLost, tellPresence } from '../../commands/media/reportSession.ts';
import type { SessionContext } from '../../commands/media/reportSession.ts';
import { resumeSession } from '../../commands/media/resumeSession.ts';
import type { ResumeContext, ResumeRequest } from '../../commands/media/resumeSession.ts';
import { learnChange, restoreCalls } from '../../commands/cluster/restoreCalls.ts';
import type { Device } from '../../domain/media/admission.ts';
import type { Call } from '../../domain/call/call.ts';
import { signOutUser } from '../../commands/people/signOutUser.ts';
import {
  generationNow,
  issueUserToken,
  mustStillBe,
  readUserToken,
  restoreTokens,
} from '../../commands/people/userTokens.ts';
import type { UserTokensContext } from '../../commands/people/userTokens.ts';
import type { CallBroadcasts } from '../../ports/media/callBroadcasts.ts';
import type { SessionMedia } from '../../ports/media/sessionMedia.ts';
import type { SessionOwner, SessionsAnywhere } from '../../ports/media/sessions.ts';
import type { CallCopies } from '../../ports/call/callCopies.ts';
import type { CallChange } from '../../ports/call/callFeed.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { CallRecords } from '../../ports/call/callRecords.ts';
import type { CallIndex } from '../../ports/call/callIndex.ts';
import type { CallStore } from '../../ports/call/callStore.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { DeviceSockets } from '../../ports/people/deviceSockets.ts';
import type { IdSource } from '../../ports/system/idSource.ts';
import type { KnownGenerations } from '../../ports/people/knownGenerations.ts';
import type { StoreCondition } from '../../ports/cluster/storeCondition.ts';
import type { StoreIncarnation } from '../../ports/cluster/storeIncarnation.ts';
import type { TokenHolder, Tokens } from '../../ports/people/tokens.ts';
import type { Relations } from '../../ports/people/relations.ts';
import type { TurnServers } from '../../ports/media/turnServers.ts';
import type { RingLedgers } from '../../ports/people/ringLedgers.ts';
import type { UserDirectory } from '../../ports/people/userDirectory.ts';

export interface UseCaseDependencies {
  /** Puts back lost state before it answers. */
  readonly store: CallStore;
  readonly callIndex: CallIndex;
  readonly stateStore: CallStore;
  readonly copies: CallCopies;
  readonly generations: KnownGenerations;
  readonly life: StoreIncarnation;
  readonly users: UserDirectory;
  readonly relations: Relations;
  readonly viewerTickets: ViewerTickets;
  /** On sockets of this node. */
  readonly viewers: LocalViewers;
  /** Of all nodes. */
  readonly watching: ViewersAnywhere;
  readonly ringLedgers: RingLedgers;
  readonly records: CallRecords;
  readonly tokens: Tokens;
  readonly sessions: SessionsAnywhere;
  readonly media: SessionMedia;
  readonly broadcasts: CallBroadcasts;
  readonly turnServers: TurnServers;
  readonly sockets: DeviceSockets;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly metrics: CallMetrics;
  readonly owners: CallOwners;
  readonly facts: Facts;
  readonly nodeId: NodeId;
  readonly limits: Pick<
    Config,
    | 'ringTimeoutMs'
    | 'reconnectGraceMs'
    | 'emptyTimeoutMs'
    | 'longestCallMs'
    | 'callAttempts'
    | 'callAttemptsWindowMs'
    | 'ringWaitsMs'
    | 'groupMaxParticipants'
    | 'endedCallTtlMs'
    | 'userTokenTtlMs'
    | 'ticketDevices'
    | 'tokenGraceMs'
  >;
  readonly onUnknownTimeZone?: (timeZone: string) => void;
  /** Absent in tests of single commands. */
  readonly condition?: StoreCondition;
  readonly maintenance?: CreateCallContext['maintenance'];
  /** Throws `draining` if this node drains and there is no other. */
  readonly placeCall: () => NodeId | undefined;
  /** Calls that this node is handing over now. */
  readonly parting: ReadonlySet<CallId>;
}

/** Context of all commands. */
function commandContext(dependencies: UseCaseDependencies) {
  const { limits } = dependencies;
  const { ringTimeoutMs, reconnectGraceMs, emptyTimeoutMs, longestCallMs, groupMaxParticipants } = limits;
  const { callAttempts, callAttemptsWindowMs, ringWaitsMs } = limits;
  const times = { ringTimeoutMs, reconnectGraceMs, emptyTimeoutMs, longestCallMs };
  return {
    ...dependencies,
    limits: { ...times, mostParticipants: groupMaxParticipants },
    userTokenTtlMs: limits.userTokenTtlMs,
    ticketDevices: limits.ticketDevices,
    tokenGraceMs: limits.tokenGraceMs,
    ringLimits: { attempts: callAttempts, windowMs: callAttemptsWindowMs, waitsMs: ringWaitsMs },
  };
}

export function bindUseCases(dependencies: UseCaseDependencies) {
  const context = commandContext(dependencies);
  const { endedCallTtlMs } = dependencies.limits;
  const restoring = { ...dependencies, store: dependencies.stateStore, endedCallTtlMs };
  return {
    createCall: (request: CreateCallRequest) => createCall(context, request),
    changeCall: <N extends PeoplesCommandName>(request: ChangeRequest<N>) => changeCall(context, request),
    readChange: (request: ReadChangeRequest) => readChange(context, request),
    ...ticketUseCases(context),
    readCall: (request: ByUser) => readCall(context, request),
    callable: (request: CallableRequest) => callable(context, request),
    changeRelations: (changes: readonly RelationChange[]) => changeRelations(context, changes),
    forgetUser: (userId: UserId) => forgetUser(context, userId),
    exportUser: (request: ExportRequest) => exportUser(context, request),
    readHistory: (request: HistoryRequest) => readHistory(context, request),
    seeHistory: (userId: UserId, upTo: Instant) => seeHistory(context, userId, upTo),
    ...tokenUseCases(context),
    signOutUser: (userId: UserId) => signOutUser(context, userId),
    liveCalls: (userId: UserId) => liveCalls(context, userId),
    eventsAfter: (request: ByUser & { readonly after: number; readonly limit: number }) => readEvents(context, request),
    joinBroadcast: async (request: JoinBroadcastRequest, socket: JoiningSocket) => {
      dependencies.condition?.mustTake('new participant');
      return joinBroadcast(context, request, socket);
    },
    routerRtpCapabilities: dependencies.sessions.routerRtpCapabilities,
    ...sessionUseCases(context),
    ...sessionMediaUseCases(context),
    followChange: async (change: CallChange) => {
      await Promise.all([learnChange(restoring, change), followOwnedChange(context, change)]);
    },
    followOnSocket: (call: Call, device: Device) => followOnSocket(context, call, device),
    /**
     * Puts back what the store has lost, and makes the broadcasts follow the store. Returns how many calls were lost.
     */
    reconcile: async () => {
      const life = await dependencies.life.name();
      await restoreTokens(context);
      const restored = await restoreCalls(restoring, dependencies.broadcasts.open());
      dependencies.life.accept(life);
      await reconcileBroadcasts(context);
      return restored;
    },
  };
}

function ticketUseCases(context: RenewTicketContext & IssueTicketContext & { readonly watching: ViewersAnywhere }) {
  return {
    issueTicket: (ticket: TicketWish) => issueTicket(context, ticket),
    viewerMark: (callId: CallId, userId: UserId) => context.viewerTickets.markOf(callId, userId),
    renewTicket: (request: SessionRequest<'renewTicket'>) => renewTicket(context, request),
    removeViewer: (request: ByUser & { readonly by?: UserId }) => removeViewer(context, request),
    revokeTicket: (ticketId: TicketId) => revokeTicket(context, ticketId),
    listViewers: (request: ViewersRequest) => listViewers(context, request),
  };
}

function sessionUseCases(context: ResumeContext & SessionContext) {
  return {
    resumeSession: (request: ResumeRequest, attach: (owner: SessionOwner) => void) =>
      resumeSession(context, request, attach),
    leaveSession: (request: SessionRequest<'leaveSession'>, detach: () => void) =>
      leaveSession(context, request, detach),
    endSession: (sessionId: SessionId) => endSession(context, sessionId),
    socketLost: (sessionId: SessionId) => socketLost(context, sessionId),
    /** Retries until it is stored in the call. */
    tellPresence: (owner: SessionOwner) => tellPresence(context, owner),
  };
}

/** Media continues while the store is unavailable: these do not use it. */
function sessionMediaUseCases(context: PublishContext & ReceiveContext & TransportContext) {
  return {
    publishTracks: (request: SessionRequest<'publish'>) => publishTracks(context, request),
    unpublishTracks: (request: SessionRequest<'unpublish'>) => unpublishTracks(context, request),
    pauseTrack: (request: SessionRequest<'pause'>) => pauseTrack(context, request),
    startSubscriptions: (request: SessionRequest<'ready'>) => startSubscriptions(context, request),
    preferLayers: (request: SessionRequest<'prefer'>) => preferLayers(context, request),
    connectTransport: (request: SessionRequest<'connect'>) => connectTransport(context, request),
    restartIce: (request: SessionRequest<'restartIce'>) => restartIce(context, request),
  };
}

function tokenUseCases(context: UserTokensContext) {
  return {
    issueUserToken: (userId: UserId) => issueUserToken(context, userId),
    readUserToken: (token: string) => readUserToken(context, token),
    mustStillBe: (holder: TokenHolder) => mustStillBe(context, holder),
    generationOf: (userId: UserId) => generationNow(context, userId),
  };
}
