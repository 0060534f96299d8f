/**
 * The one table of transitions: phase × command → where it may lead.
 *
 *              create            answer
 *   (none) ───────────► ringing ───────► active
 *                          │  cancel       │  leave · remove · block · end · grace · empty · longest · node lost
 *                          │  decline      │
 *                          │  remove       │  invite, rejoin, mute and hold change who is in it and how, rehome where
 *                          │  block        │
 *                          │  timeout      ▼
 *                          └───────────► ended
 */
import type { CallCommandName } from './commands.ts';
import type { Phase } from './call.ts';
import type { ErrorCode } from '../kernel/errors.ts';

/** `to`: phases the command may lead to · `refuse`: a person came too late · `ignore`: a late fact, counted and dropped. */
export type Rule =
  | { readonly to: readonly Phase[] }
  | { readonly refuse: ErrorCode }
  | { readonly ignore: 'ended' | 'not_created' | 'created' };

export type PhaseOrNone = Phase | 'none';

const refuse = (code: ErrorCode): Rule => ({ refuse: code });
const to = (...phases: Phase[]): Rule => ({ to: phases });

export const transitions: Readonly<Record<PhaseOrNone, Readonly<Record<CallCommandName, Rule>>>> = {
  none: {
    create: to('ringing'),
    answer: refuse('call_not_found'),
    rejoin: refuse('call_not_found'),
    invite: refuse('call_not_found'),
    mute: refuse('call_not_found'),
    remove: refuse('call_not_found'),
    hold: refuse('call_not_found'),
    block: { ignore: 'not_created' },
    decline: refuse('call_not_found'),
    cancel: refuse('call_not_found'),
    leave: refuse('call_not_found'),
    end: refuse('call_not_found'),
    sessionJoined: { ignore: 'not_created' },
    sessionLost: { ignore: 'not_created' },
    deadlineReached: { ignore: 'not_created' },
    rehome: { ignore: 'not_created' },
    nodeLost: { ignore: 'not_created' },
  },
  ringing: {
    create: { ignore: 'created' },
    answer: to('active'),
    rejoin: refuse('not_ringing'),
    invite: to('ringing'),
    mute: refuse('not_joined'),
    remove: to('ringing', 'ended'),
    hold: to('ringing'),
    block: to('ringing', 'ended'),
    decline: to('ringing', 'ended'),
    cancel: to('ended'),
    leave: to('ended'),
    end: to('ended'),
    sessionJoined: to('ringing'),
    sessionLost: to('ringing'),
    deadlineReached: to('ringing', 'ended'),
    rehome: to('ringing'),
    nodeLost: to('ended'),
  },
  active: {
    create: { ignore: 'created' },
    answer: to('active'),
    rejoin: to('active'),
    invite: to('active'),
    mute: to('active'),
    remove: to('active', 'ended'),
    hold: to('active'),
    block: to('active', 'ended'),
    decline: to('active', 'ended'),
    cancel: refuse('already_answered'),
    leave: to('active', 'ended'),
    end: to('ended'),
    sessionJoined: to('active'),
    sessionLost: to('active'),
    deadlineReached: to('active', 'ended'),
    rehome: to('active'),
    nodeLost: to('ended'),
  },
  ended: {
    create: { ignore: 'created' },
    answer: refuse('call_ended'),
    rejoin: refuse('call_ended'),
    invite: refuse('call_ended'),
    mute: refuse('call_ended'),
    remove: refuse('call_ended'),
    hold: refuse('call_ended'),
    block: { ignore: 'ended' },
    decline: refuse('call_ended'),
    cancel: refuse('call_ended'),
    leave: refuse('call_ended'),
    end: refuse('call_ended'),
    sessionJoined: { ignore: 'ended' },
    sessionLost: { ignore: 'ended' },
    deadlineReached: { ignore: 'ended' },
    rehome: { ignore: 'ended' },
    nodeLost: { ignore: 'ended' },
  },
};
