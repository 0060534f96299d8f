/** Commands of a call in messages to the process that owns the call. */
import * as z from 'zod';
import type { CallCommand } from '../../domain/call/commands.ts';
import { callCommands } from '../shared/callCommands.ts';
import { deviceId, userId } from '../shared/ids.ts';

/** The excluded commands decide where a call begins and who owns it, so they are not sent to an owner. */
export type HandedCommand = Exclude<CallCommand, { name: 'create' | 'rehome' | 'nodeLost' }>;

const ofSession = { userId, deviceId, ownerTerm: z.int().positive() };

export const handedCommand: z.ZodType<HandedCommand> = z.discriminatedUnion('name', [
  z.object({ name: z.literal('block'), userId, targetId: userId }),
  z.object({ name: z.literal('sessionJoined'), ...ofSession }),
  z.object({ name: z.literal('sessionLost'), ...ofSession }),
  z.object({ name: z.literal('deadlineReached') }),
  ...Object.values(callCommands).map(({ handed }) => handed),
]);
