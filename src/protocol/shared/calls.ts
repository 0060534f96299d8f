/** Calls as users and apps see them. */
import * as z from 'zod';
import { endReasons, leaveReasons, phases } from '../../domain/call/call.ts';
import { eventTypes } from '../../domain/call/events.ts';
import { callId, userId } from './ids.ts';

const instant = z.int().nonnegative().meta({ description: 'Milliseconds since the Unix epoch.' });
export const callMedia = z.enum(['audio', 'video']);

/** Holds no device id, no address, nothing about a device. */
export const participantView = z
  .object({
    userId,
    role: z.enum(['host', 'member']),
    state: z.enum(['invited', 'joined', 'gone']),
    presence: z.enum(['connecting', 'connected', 'lost']).optional(),
    reason: z.enum(leaveReasons).optional(),
    onHold: z.literal(true).optional().meta({ description: 'Neither sends nor receives media for now.' }),
    invitedBy: userId.optional().meta({ description: 'Who asked them in while the call was on.' }),
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
      .meta({ description: 'Audio is sent at a constant bit rate, so that the sizes of its packets tell nothing.' }),
    createdAt: instant,
    answeredAt: instant.optional(),
    endedAt: instant.optional(),
    reason: z.enum(endReasons).optional(),
    lastEvent: z.int().nonnegative(),
    caller: userId.meta({ description: 'Who made the call; the host may be another by now.' }),
    participants: z.array(participantView),
    answeredHere: z
      .boolean()
      .optional()
      .meta({ description: 'Whether this user is in the call with the device that asks; absent when not in it.' }),
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
    by: userId.optional().meta({ description: 'Who invited or muted that user.' }),
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
