/**
 * What people ask of a call that exists, each declared once. The routes of the HTTP API, the requests of the socket, what
 * nodes hand to each other, both documents and the SDK follow from it. What each does is in
 * `src/commands/call/changeCall.ts`, and what it decides in `src/domain/call/commands.ts`.
 */
import * as z from 'zod';
import { maxInAnyCall } from '../../domain/call/call.ts';
import type { CallCommandName } from '../../domain/call/commands.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import { admittedCall, callView } from './calls.ts';
import { callId, deviceId, idempotencyKey, keyedRequestId, userId } from './ids.ts';
import { noBody } from './emptySchemas.ts';

interface Declaration<Body> {
  /** Who may ask over HTTP. Over the socket it is always the user whose socket it is. */
  readonly access?: 'app or user';
  /** Over HTTP. */
  readonly summary: string;
  /** What is said over HTTP; over the socket it is the same, and the device is known. */
  readonly body: z.ZodType<Body>;
  readonly answer: typeof callView | typeof admittedCall;
  /** Beside `refusedAlways`. */
  readonly refusals: readonly ErrorCode[];
  /** Counts as one of the calls that a user may make in a minute. */
  readonly rings?: true;
  /** A token that is over still ends what its user is in. */
  readonly outlivesToken?: true;
  readonly socket?: { readonly params: z.ZodObject; readonly result: z.ZodType };
  /** The command as one node hands it to another. */
  readonly handed: z.ZodObject;
}

export const refusedAlways = ['call_not_found', 'call_ended', 'busy'] as const satisfies readonly ErrorCode[];

const key = idempotencyKey.exactOptional().meta({
  description:
    'Idempotency key: a request repeated with the same key, over a socket or HTTP, has no second effect. It answers with the state of ' +
    'the call that the first one changed. Remembered for an hour; for each user the newest 100.',
});

/** A request of the socket: what it says beside the call and the key. */
function request<S extends z.ZodRawShape, R extends z.ZodType>(summary: string, says: S, result: R) {
  return { order: 'call' as const, summary, params: z.object({ callId, ...says, key }), result };
}

const handed = <N extends CallCommandName, S extends z.ZodRawShape>(name: N, says: S) =>
  z.object({ name: z.literal(name), requestId: keyedRequestId.optional(), ...says });

const fromDevice = z.object({ deviceId }).meta({ id: 'FromDevice' });
const moderation = z
  .object({ userId: userId.meta({ description: 'User whom the host mutes or removes.' }) })
  .meta({ id: 'Moderation' });
/** The limit of any configuration. If this server's own limit is lower, more are refused as `call_full`. */
const invitees = {
  userIds: z
    .array(userId)
    .min(1)
    .max(maxInAnyCall - 1),
};
const holding = { onHold: z.boolean() };

/** In the order of the HTTP document. */
export const callCommands = {
  answer: {
    summary: 'Answers with this device. The first device wins; repeated answers change nothing.',
    body: fromDevice,
    answer: callView,
    refusals: ['answered_elsewhere', 'not_ringing'],
    socket: request(
      'Answers with this device. The first device wins. The same as over HTTP, on an open socket.',
      {},
      callView,
    ),
    handed: handed('answer', { userId, deviceId }),
  },
  decline: {
    summary: 'Declines the call: it stops ringing on all devices of the user.',
    body: fromDevice,
    answer: callView,
    refusals: ['not_ringing'],
    outlivesToken: true,
    socket: request('Declines the call: it stops ringing on all devices of the user.', {}, callView),
    handed: handed('decline', { userId }),
  },
  cancel: {
    summary: 'Cancels the call before anybody has answered. Only for the caller.',
    body: fromDevice,
    answer: callView,
    refusals: ['already_answered'],
    outlivesToken: true,
    socket: request('Cancels the call before anybody has answered. Only for the caller.', {}, callView),
    handed: handed('cancel', { userId }),
  },
  leave: {
    summary: 'Leaves the call. A call of two ends.',
    body: fromDevice,
    answer: callView,
    refusals: ['not_joined'],
    outlivesToken: true,
    socket: request('Leaves the call. A call of two ends.', {}, callView),
    handed: handed('leave', { userId }),
  },
  end: {
    access: 'app or user',
    summary: 'Ends the call for everybody. The app may end any call, a user only a call that they host.',
    body: noBody,
    answer: callView,
    refusals: [],
    handed: handed('end', { by: userId.exactOptional() }),
  },
  hold: {
    summary: 'Puts the call on hold for the user, or resumes it: on hold, the user’s media stops in both directions.',
    body: z.object({ deviceId, ...holding }).meta({ id: 'Hold' }),
    answer: callView,
    refusals: ['not_joined'],
    socket: request(
      'Puts the call on hold for the user, or resumes it: on hold, the user’s media stops in both directions.',
      holding,
      callView,
    ),
    handed: handed('hold', { userId, ...holding }),
  },
  invite: {
    summary:
      'Invites others into the user’s call, including participants who have left. It rings on all their devices.',
    body: z.object({ ...invitees, deviceId }).meta({ id: 'InviteToCall' }),
    answer: callView,
    refusals: ['not_joined', 'call_full', 'calling_off', 'not_callable', 'too_many_requests'],
    rings: true,
    socket: request(
      'Invites others into the user’s call, including participants who have left. It rings on all their devices.',
      invitees,
      callView,
    ),
    handed: handed('invite', { userId, invitees: z.array(userId) }),
  },
  rejoin: {
    summary: 'Joins a group call again with this device, or joins one late after it was declined or missed.',
    body: fromDevice,
    answer: admittedCall,
    refusals: ['not_allowed', 'not_ringing', 'answered_elsewhere', 'call_full'],
    socket: request(
      'Joins a group call again with this device, or joins one late after it was declined or missed.',
      {},
      admittedCall,
    ),
    handed: handed('rejoin', { userId, deviceId }),
  },
  mute: {
    summary: 'Mutes the microphone of another participant, who may unmute it again. Only for the host.',
    body: moderation,
    answer: callView,
    refusals: ['not_allowed', 'not_joined'],
    socket: request(
      'Mutes the microphone of another participant, who may unmute it again. Only for the host.',
      { userId },
      callView,
    ),
    handed: handed('mute', { userId, targetId: userId }),
  },
  remove: {
    summary: 'Removes a participant, who can come back only if invited again. Only for the host.',
    body: moderation,
    answer: callView,
    refusals: ['not_allowed', 'not_joined'],
    socket: request(
      'Removes a participant, who can come back only if invited again. Only for the host.',
      { userId },
      callView,
    ),
    handed: handed('remove', { userId, targetId: userId }),
  },
} as const satisfies Readonly<Partial<Record<CallCommandName, Declaration<unknown>>>>;

/** The requests of the socket, in the order of its document. */
export const callRequests = {
  answer: callCommands.answer.socket,
  rejoin: callCommands.rejoin.socket,
  invite: callCommands.invite.socket,
  hold: callCommands.hold.socket,
  mute: callCommands.mute.socket,
  remove: callCommands.remove.socket,
  decline: callCommands.decline.socket,
  cancel: callCommands.cancel.socket,
  leave: callCommands.leave.socket,
};

export type PeoplesCommandName = keyof typeof callCommands;
export type SocketCommandName = keyof typeof callRequests;
export type CommandAnswer<N extends PeoplesCommandName> = z.output<(typeof callCommands)[N]['answer']>;
export type CommandBody<N extends PeoplesCommandName> = z.output<(typeof callCommands)[N]['body']>;

export function isPeoplesCommand(name: string): name is PeoplesCommandName {
  return Object.hasOwn(callCommands, name);
}

export function isSocketCommand(name: string): name is SocketCommandName {
  return Object.hasOwn(callRequests, name);
}

/** The same with one type for all of them, for code that does not care which it is. */
export const declarations: { readonly [N in PeoplesCommandName]: Declaration<CommandBody<N>> } = callCommands;
