/** Calls as users and apps see them. */
import * as z from 'zod';
import { endReasons, leaveReasons, phases } from '../../domain/call/call.ts';
import { eventTypes } from '../../domain/call/events.ts';
import { callId, userId } from './ids.ts';

const instant = z.int().nonnegative().meta({ description: 'Unix time in milliseconds.' });
export const callMedia = z.enum(['audio', 'video']);

/** Holds no device id, no address, nothing about a device. */
export const participantView = z
  .object({
    userId,
    role: z.enum(['host', 'member']),
    state: z.enum(['invited', 'joined', 'gone']),
    presence: z.enum(['connecting', 'connected', 'lost']).optional(),
    reason: z.enum(leaveReasons).optional(),
    onHold: z.literal(true).optional().meta({ description: 'On hold: sends and receives no media.' }),
    invitedBy: userId.optional().meta({ description: 'User who invited them during the call.' }),
  })
  .meta({ id: 'Participant' });
export type ParticipantView = z.infer<typeof participantView>;

export const callView = z
  .object({
    id: callId,
    media: callMedia,
    phase: z.enum(phases),
    visibility: z.literal('private'),
    sensitive: z
      .literal(true)
      .optional()
      .meta({ description: 'Audio is sent at a constant bit rate, so that packet sizes reveal nothing.' }),
    createdAt: instant,
    answeredAt: instant.optional(),
    endedAt: instant.optional(),
    reason: z.enum(endReasons).optional(),
    lastEvent: z.int().nonnegative(),
    caller: userId.meta({ description: 'User who started the call; the host may be another one later.' }),
    participants: z.array(participantView),
    answeredHere: z.boolean().optional().meta({
      description: 'Whether the user is in the call with the asking device. Absent if the user is not in the call.',
    }),
  })
  .meta({ id: 'Call' });
export type CallView = z.infer<typeof callView>;

export const callEvent = z
  .object({
    callId,
    seq: z.int().positive().meta({ description: 'Number of the event in its call, from 1, without gaps.' }),
    at: instant,
    type: z.enum(eventTypes),
    userId: userId.optional(),
    by: userId.optional().meta({ description: 'User who invited or muted them.' }),
    reason: z.union([z.enum(endReasons), z.enum(leaveReasons)]).optional(),
  })
  .meta({ id: 'CallEvent' });
export type CallEventView = z.infer<typeof callEvent>;

/** A short-lived JWT for one call, one user and what they may do there. */
export const ticket = z.string().max(2048).meta({ id: 'Ticket' });
export const ticketRights = z.enum(['watch', 'publish', 'moderate']);
export type TicketRight = z.infer<typeof ticketRights>;

export const admittedCall = z.object({ call: callView, ticket }).meta({ id: 'AdmittedCall' });
export type AdmittedCall = z.infer<typeof admittedCall>;
