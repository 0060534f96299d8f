/** Everything that can be asked of a call. People's commands get a coded refusal when out of phase; reports of facts are ignored. */
import type { CallLimits, Media } from './call.ts';
import type { CallId, DeviceId, NodeId, UserId } from '../kernel/ids.ts';

export type CallCommand =
  // what people do
  | {
      readonly name: 'create';
      readonly callId: CallId;
      readonly nodeId: NodeId;
      readonly media: Media;
      readonly caller: UserId;
      readonly callerDevice: DeviceId;
      readonly callees: readonly UserId[];
      readonly limits: CallLimits;
      readonly sensitive?: boolean;
    }
  | { readonly name: 'answer'; readonly userId: UserId; readonly deviceId: DeviceId }
  /** Comes back, or late, into a call that goes on. */
  | { readonly name: 'rejoin'; readonly userId: UserId; readonly deviceId: DeviceId }
  | { readonly name: 'invite'; readonly userId: UserId; readonly invitees: readonly UserId[] }
  /** The host moderates: pauses somebody's microphone, or sends them away. */
  | { readonly name: 'mute'; readonly userId: UserId; readonly targetId: UserId }
  | { readonly name: 'remove'; readonly userId: UserId; readonly targetId: UserId }
  /** Media stops for this participant in both directions, or goes on. */
  | { readonly name: 'hold'; readonly userId: UserId; readonly onHold: boolean }
  /** The app says that this user blocks another: they are not in one call any longer. */
  | { readonly name: 'block'; readonly userId: UserId; readonly targetId: UserId }
  | { readonly name: 'decline'; readonly userId: UserId }
  | { readonly name: 'cancel'; readonly userId: UserId }
  | { readonly name: 'leave'; readonly userId: UserId }
  /** `by` is absent when the app's backend ends the call. */
  | { readonly name: 'end'; readonly by?: UserId }
  // what was seen to happen
  | (SessionReport & { readonly name: 'sessionJoined' })
  | (SessionReport & { readonly name: 'sessionLost' })
  /** Somebody looks at the call: whatever is due by now is done. */
  | { readonly name: 'deadlineReached' }
  /** The broadcast has another owner: `from` died, or hands its calls over while everybody stays in touch. */
  | { readonly name: 'rehome'; readonly from: NodeId; readonly to: NodeId; readonly handover: boolean }
  /** Nobody is there to take it over. */
  | { readonly name: 'nodeLost'; readonly nodeId: NodeId };

interface SessionReport {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** In which the session was made: one of an earlier owner says nothing of the call as it is now. */
  readonly epoch: number;
}

export type CallCommandName = CallCommand['name'];
export type CommandNamed<N extends CallCommandName> = Extract<CallCommand, { name: N }>;

export const reportNames = [
  'sessionJoined',
  'sessionLost',
  'deadlineReached',
  'rehome',
  'nodeLost',
] as const satisfies readonly CallCommandName[];
