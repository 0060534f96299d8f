/** Commands of a call as one process hands them to the one that owns the call. */
import * as z from 'zod';
import type { CallCommand } from '../../domain/call/commands.ts';
import { deviceId, userId } from '../shared/ids.ts';

/** Where a call begins and who owns it is decided by whoever decides: these are not handed over. */
export type HandedCommand = Exclude<CallCommand, { name: 'create' | 'rehome' | 'nodeLost' }>;

const byUser = { userId };
const byDevice = { userId, deviceId };
const atTarget = { userId, targetId: userId };
const ofSession = { ...byDevice, ownerTerm: z.int().positive() };

export const handedCommand: z.ZodType<HandedCommand> = z.discriminatedUnion('name', [
  z.object({ name: z.literal('answer'), ...byDevice }),
  z.object({ name: z.literal('rejoin'), ...byDevice }),
  z.object({ name: z.literal('invite'), ...byUser, invitees: z.array(userId) }),
  z.object({ name: z.literal('mute'), ...atTarget }),
  z.object({ name: z.literal('remove'), ...atTarget }),
  z.object({ name: z.literal('hold'), ...byUser, onHold: z.boolean() }),
  z.object({ name: z.literal('block'), ...atTarget }),
  z.object({ name: z.literal('decline'), ...byUser }),
  z.object({ name: z.literal('cancel'), ...byUser }),
  z.object({ name: z.literal('leave'), ...byUser }),
  z.object({ name: z.literal('end'), by: userId.exactOptional() }),
  z.object({ name: z.literal('sessionJoined'), ...ofSession }),
  z.object({ name: z.literal('sessionLost'), ...ofSession }),
  z.object({ name: z.literal('deadlineReached') }),
]);
