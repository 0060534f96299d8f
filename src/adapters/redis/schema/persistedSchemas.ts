/**
 * Values as they are stored and announced. Other processes, perhaps of another version, wrote them, so they are parsed
 * first. The compiler checks each schema against the domain's type.
 */
import * as z from 'zod';
import { endReasons, leaveReasons } from '../../../domain/call/call.ts';
import type { Call, Participant } from '../../../domain/call/call.ts';
import { eventTypes } from '../../../domain/call/events.ts';
import type { CallEvent } from '../../../domain/call/events.ts';
import type { NodeStatus } from '../../../domain/cluster/placement.ts';
import { audiences, firstSettings, waysWhenBusy } from '../../../domain/people/policy.ts';
import type { Maintenance } from '../../../ports/cluster/maintenance.ts';
import type { CallSettings } from '../../../domain/people/policy.ts';
import type { CallRecord } from '../../../domain/call/record.ts';
import type { RingLedger } from '../../../domain/people/ringLedger.ts';
import type { Effect } from '../../../domain/call/deadlines.ts';
import { disableReasons, sendFailures } from '../../../domain/webhooks/webhook.ts';
import type { DeadLetter, WebhookEndpoint, WebhookMessage } from '../../../domain/webhooks/webhook.ts';
import {
  callId,
  deviceId,
  keyedRequestId,
  nodeId,
  userId,
  webhookEndpointId,
  webhookMessageId,
} from '../../../protocol/shared/ids.ts';

const instant = z.int().nonnegative();
const version = z.int().positive();

const talkedMs = z.int().nonnegative().exactOptional();
const pace = z.object({ since: instant, changes: z.int().positive() }).exactOptional();
const participantBase = { userId, role: z.enum(['host', 'member']), era: version, talkedMs, pace };
const participant: z.ZodType<Participant> = z.discriminatedUnion('state', [
  z.object({
    ...participantBase,
    state: z.literal('invited'),
    invitedBy: userId.exactOptional(),
    rungSince: instant.exactOptional(),
  }),
  z.object({
    ...participantBase,
    state: z.literal('joined'),
    deviceId,
    presence: z.enum(['connecting', 'connected', 'lost']),
    joinedAt: instant,
    movesFrom: z.int().positive().exactOptional(),
    expectedSince: instant.exactOptional(),
    onHold: z.literal(true).exactOptional(),
  }),
  z.object({ ...participantBase, state: z.literal('gone'), reason: z.enum(leaveReasons), leftAt: instant }),
]);

/** For calls that were stored before there was this limit. */
const mostParticipantsBefore = 32;

/** For calls that were stored before owners could change. */
const firstOwnerTerm = 1;

const duration = z.int().positive();
const callBase = {
  id: callId,
  media: z.enum(['audio', 'video']),
  nodeId,
  ownerTerm: z.int().positive().default(firstOwnerTerm),
  visibility: z.literal('private'),
  sensitive: z.literal(true).exactOptional(),
  version,
  lastEvent: z.int().nonnegative(),
  createdAt: instant,
  limits: z.object({
    ringTimeoutMs: duration,
    reconnectGraceMs: duration,
    emptyTimeoutMs: duration,
    longestCallMs: duration,
    mostParticipants: z.int().positive().default(mostParticipantsBefore),
  }),
  requests: z.array(keyedRequestId).exactOptional(),
  participants: z.array(participant),
};

const calledFormerly = z.looseObject({ epoch: z.int().positive() });
/** `ownerTerm` was called `epoch` in stores of version 0. */
function withOwnerTerm(state: unknown): unknown {
  const { success, data } = calledFormerly.safeParse(state);
  if (!success) return state;
  const { epoch, ...rest } = data;
  return { ownerTerm: epoch, ...rest };
}

const callNow = z.discriminatedUnion('phase', [
  z.object({ ...callBase, phase: z.literal('ringing') }),
  z.object({
    ...callBase,
    phase: z.literal('active'),
    answeredAt: instant,
    aloneAt: instant.exactOptional(),
  }),
  z.object({
    ...callBase,
    phase: z.literal('ended'),
    answeredAt: instant.exactOptional(),
    endedAt: instant,
    reason: z.enum(endReasons),
  }),
]);
export const storedCall: z.ZodType<Call> = z.preprocess(withOwnerTerm, callNow);

const eventBase = { callId, seq: version, at: instant };
export const storedEvent: z.ZodType<CallEvent> = z.discriminatedUnion('type', [
  z.object({
    ...eventBase,
    type: z.enum([
      'call.ringing',
      'call.answered',
      'call.rejoined',
      'call.declined',
      'call.missed',
      'call.connected',
      'call.reconnecting',
      'call.host_changed',
      'call.held',
      'call.unheld',
    ]),
    userId,
  }),
  z.object({ ...eventBase, type: z.enum(['call.invited', 'call.muted']), userId, by: userId }),
  z.object({ ...eventBase, type: z.literal('call.left'), userId, reason: z.enum(leaveReasons) }),
  z.object({ ...eventBase, type: z.literal('call.moved') }),
  z.object({ ...eventBase, type: z.literal('call.ended'), reason: z.enum(endReasons) }),
]);

/** Effects from when a call had several timers: each meant to look at the call at its time. */
const formerEffect = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('schedule'), at: instant }),
  z.object({ kind: z.literal('cancel') }),
]);
const effect = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('look'), at: instant }),
  z.object({ kind: z.literal('rest') }),
]);
const storedEffects = z
  .array(z.union([effect, formerEffect]))
  .transform((effects) =>
    effects.flatMap((one): Effect[] => {
      if (one.kind === 'cancel') return [];
      return [one.kind === 'schedule' ? { kind: 'look', at: one.at } : one];
    }),
  )
  .pipe(z.array(effect));

export const storedChange = z.object({ call: storedCall, events: z.array(storedEvent) });

/** An entry of the outbox. */
export const storedTransition = z.object({
  call: storedCall,
  events: z.array(storedEvent),
  effects: storedEffects,
});

const storedAudiences = z.array(z.enum(audiences));
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
const settings = {
  callingOn: z.boolean(),
  audiences: storedAudiences,
  groupAudiences: storedAudiences,
  whenBusy: z.enum(waysWhenBusy),
  quietHours: z.object({ from: timeOfDay, to: timeOfDay, timeZone: z.string().max(64) }).nullable(),
};
export const storedSettings: z.ZodType<CallSettings> = z.object(settings);

/** Each setting as stored; undefined if never set. Names that this version does not know are left out. */
export type SettingsAsStored = Readonly<Partial<Record<keyof CallSettings, unknown>>>;

/**
 * A user's settings. One may be unreadable: written by a newer version, or damaged. It becomes the value that lets the
 * fewest calls through; the others are kept. `onUnreadable` gets its name.
 */
export function readSettings(
  stored: SettingsAsStored,
  onUnreadable: (setting: string, error: unknown) => void,
): CallSettings {
  const read = <Name extends keyof CallSettings>(name: Name, schema: z.ZodType<CallSettings[Name]>) => {
    if (!(name in stored)) return firstSettings[name];
    const result = schema.safeParse(stored[name]);
    if (result.success) return result.data;
    onUnreadable(name, result.error);
    return fewestCalls[name];
  };
  return {
    callingOn: read('callingOn', settings.callingOn),
    audiences: read('audiences', settings.audiences),
    groupAudiences: read('groupAudiences', settings.groupAudiences),
    whenBusy: read('whenBusy', settings.whenBusy),
    quietHours: read('quietHours', settings.quietHours),
  };
}

const fewestCalls: CallSettings = {
  callingOn: false,
  audiences: [],
  groupAudiences: [],
  whenBusy: 'refuse',
  // Almost all day: a time of day has no 24:00.
  quietHours: { from: '00:00', to: '23:59', timeZone: 'UTC' },
};

export const storedRecord: z.ZodType<CallRecord> = z.object({
  callId,
  media: z.enum(['audio', 'video']),
  startedAt: instant,
  answeredAt: instant.exactOptional(),
  endedAt: instant,
  reason: z.enum(endReasons),
  participants: z.array(
    z.object({ userId: userId.nullable(), reason: z.enum(leaveReasons), leftAt: instant, talkedMs }),
  ),
});

export const storedLedger: z.ZodType<RingLedger> = z.object({
  windowBeganAt: instant,
  attempts: z.int().nonnegative(),
  inVain: z.array(z.object({ userId, times: z.int().positive(), lastAt: instant })),
});

export const storedCallId = callId;
const webhookMessage: z.ZodType<WebhookMessage> = z.object({
  id: webhookMessageId,
  callId,
  seq: version,
  type: z.enum(eventTypes),
  body: z.string(),
});
export const storedMessage = webhookMessage;
export const storedLetter: z.ZodType<DeadLetter> = z.object({
  message: webhookMessage,
  attempts: z.int().nonnegative(),
  failure: z.enum(sendFailures),
  status: z.int().exactOptional(),
  diedAt: instant,
});
export const storedEndpoint: z.ZodType<WebhookEndpoint> = z.object({
  id: webhookEndpointId,
  url: z.url(),
  createdAt: instant,
  secrets: z
    .array(
      z.object({
        secret: z.string().startsWith('whsec_'),
        signsUntil: instant.exactOptional(),
        // Random, like an id.
        madeBy: webhookEndpointId.exactOptional(),
      }),
    )
    .min(1),
  disabled: z.object({ reason: z.enum(disableReasons), since: instant }).exactOptional(),
  enabledAt: instant.exactOptional(),
});

/** Written by an operator through any node. */
export const storedMaintenance: z.ZodType<Maintenance> = z.object({
  text: z.string(),
  since: instant,
  by: z.string(),
});
export const storedNodeStatus: z.ZodType<NodeStatus> = z.object({
  nodeId,
  region: z.string(),
  beat: z.int().positive(),
  load: z.number().nonnegative(),
  calls: z.int().nonnegative(),
  sessions: z.int().nonnegative(),
  draining: z.boolean(),
});

/** Unreadable entries of the outbox: the newest are kept for people to look at. */
export const maxBrokenEntries = 1_000;

export const storedNodeId = nodeId;
