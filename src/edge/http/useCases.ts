/** The use cases of the HTTP edge, supplied by the composition root. */
import type { Call, Media } from '../../domain/call/call.ts';
import type { CallId, DeviceId, Instant, TicketId, UserId } from '../../domain/kernel/ids.ts';
import type { Audience, PolicyAnswer } from '../../domain/people/policy.ts';
import type { RelationChange } from '../../domain/people/relations.ts';
import type { ChangedCall, ChangeRequest, ReadChangeRequest } from '../../commands/call/changeCall.ts';
import type { ByUser } from '../../commands/call/readCall.ts';
import type { ExportRequest, UserExport } from '../../commands/people/exportUser.ts';
import type { HistoryPage, HistoryRequest } from '../../commands/call/history.ts';
import type { ListedViewers, ViewersRequest } from '../../commands/media/viewers/listViewers.ts';
import type { TicketWish } from '../../commands/media/viewers/issueTicket.ts';
import type { PeoplesCommandName } from '../../protocol/shared/callCommands.ts';
import type { TokenHolder, UserToken } from '../../ports/people/tokens.ts';

interface AdmittedCall {
  readonly call: Call;
  readonly ticket: string;
}

interface CallableAnswer extends PolicyAnswer {
  readonly calleeId: UserId;
  readonly admittedAs: readonly Audience[];
}

export interface UseCases {
  /** Throws `user_not_found`. */
  issueUserToken(userId: UserId): Promise<UserToken>;
  /** Throws `unauthenticated` or `token_expired`. */
  readUserToken(token: string): Promise<TokenHolder>;
  createCall(request: {
    readonly caller: UserId;
    readonly callerDevice: DeviceId;
    readonly callees: readonly UserId[];
    readonly media: Media;
    readonly sensitive: boolean;
    readonly making?: { readonly id: CallId; readonly again: boolean };
  }): Promise<AdmittedCall>;
  changeCall<N extends PeoplesCommandName>(request: ChangeRequest<N>): Promise<ChangedCall>;
  /** For a repeated request: how the call stands that the first one changed. */
  readChange(request: ReadChangeRequest): Promise<ChangedCall>;
  /** Throws `not_joined` if somebody who is no participant shall do more than watch. */
  issueTicket(
    ticket: TicketWish,
  ): Promise<{ readonly ticket: string; readonly ticketId: TicketId; readonly expiresAt: Instant }>;
  /** Tickets of this user to watch this call are void once it has risen above the mark that they hold. */
  viewerMark(callId: CallId, userId: UserId): Promise<number>;
  /** `by` is absent when the app's backend asks. */
  removeViewer(request: ByUser & { readonly by?: UserId }): Promise<void>;
  revokeTicket(ticketId: TicketId): Promise<void>;
  /** Throws `unavailable` if a node does not answer. */
  listViewers(request: ViewersRequest): Promise<ListedViewers>;
  /** Throws `call_not_found` unless the user is a participant. */
  readCall(request: ByUser): Promise<AdmittedCall>;
  /** One answer for each callee, in their order. */
  callable(request: {
    readonly callerId: UserId;
    readonly calleeIds: readonly UserId[];
    readonly isGroup?: boolean;
  }): Promise<readonly CallableAnswer[]>;
  changeRelations(changes: readonly RelationChange[]): Promise<void>;
  /** Throws `user_not_found`. */
  signOutUser(userId: UserId): Promise<void>;
  /** Whether there was such a user. */
  forgetUser(userId: UserId): Promise<boolean>;
  /** Throws `user_not_found`. */
  exportUser(request: ExportRequest): Promise<UserExport>;
  readHistory(request: HistoryRequest): Promise<HistoryPage>;
  seeHistory(userId: UserId, upTo: Instant): Promise<void>;
}
