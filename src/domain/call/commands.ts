/**
 * Everything that can be asked of a call, and the one table of where it may lead: each command has its file in
 * `decisions/`, its type here, and its row in `transitions`.
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
import type { ErrorCode } from '../kernel/errors.ts';
import type { KeyedRequestId, UserId } from '../kernel/ids.ts';
import type { Call, LiveCall, Phase } from './call.ts';
import type { Moment, Verdict } from './change.ts';
import { answer, rejoin } from './decisions/answer.ts';
import type { Answer, Rejoin } from './decisions/answer.ts';
import { block } from './decisions/block.ts';
import type { Block } from './decisions/block.ts';
import type { Create } from './decisions/create.ts';
import { deadlineReached } from './decisions/deadlineReached.ts';
import { decline } from './decisions/decline.ts';
import type { Decline } from './decisions/decline.ts';
import { hold } from './decisions/hold.ts';
import type { Hold } from './decisions/hold.ts';
import { invite } from './decisions/invite.ts';
import type { Invite } from './decisions/invite.ts';
import { cancel, end, isCancelled, isEnded, isGone, leave } from './decisions/leave.ts';
import type { Cancel, End, Leave } from './decisions/leave.ts';
import { isRemoved, mute, remove } from './decisions/moderate.ts';
import type { Mute, Remove } from './decisions/moderate.ts';
import { sessionJoined, sessionLost } from './decisions/presence.ts';
import type { SessionReport } from './decisions/presence.ts';
import { nodeLost, rehome } from './decisions/rehome.ts';
import type { NodeLost, Rehome } from './decisions/rehome.ts';

interface CallCommands {
  // commands of people
  create: Create;
  answer: Answer;
  rejoin: Rejoin;
  invite: Invite;
  mute: Mute;
  remove: Remove;
  hold: Hold;
  block: Block;
  decline: Decline;
  cancel: Cancel;
  leave: Leave;
  end: End;
  // reports of what happened
  sessionJoined: SessionReport;
  sessionLost: SessionReport;
  /** Does whatever is due by now. */
  deadlineReached: unknown;
  rehome: Rehome;
  nodeLost: NodeLost;
}

export type CallCommandName = keyof CallCommands;
interface Named<N> {
  readonly name: N;
  /** Of a request that may be repeated with its key: it changes the call once. */
  readonly requestId?: KeyedRequestId | undefined;
}
export type CommandNamed<N extends CallCommandName> = { [K in N]: Named<K> & CallCommands[K] }[N];
export type CallCommand = CommandNamed<CallCommandName>;
/** For a call that exists. */
export type LiveCommandName = Exclude<CallCommandName, 'create'>;

/**
 * `to`: phases that the command may lead to · `refuse`: a person came too late · `ignore`: a late report, counted and
 * dropped.
 */
export type Rule =
  | { readonly to: readonly Phase[] }
  | { readonly refuse: ErrorCode }
  | { readonly ignore: 'ended' | 'not_created' | 'created' };
export type PhaseOrNone = Phase | 'none';
type Rules = Readonly<Record<PhaseOrNone, Rule>>;

interface Transition<Command> {
  readonly rules: Rules;
  /** The participant who asks: for everybody else the call does not exist. Undefined when the app's backend asks. */
  readonly asker?: (command: Command) => UserId | undefined;
  readonly decide: (call: LiveCall, command: Command, moment: Moment) => Verdict;
  /**
   * The call's owner may do it while the store takes no writes. True for what ends something, and for lost and
   * returning sessions, since time ends those anyway.
   */
  readonly withoutStore?: true;
  /** Whether the command's aim is reached already: by this command, whose owner did not answer, or by another one. */
  readonly isDone?: (call: Call, command: Command) => boolean;
}

const refuse = (code: ErrorCode): Rule => ({ refuse: code });
const to = (...phases: Phase[]): Rule => ({ to: phases });
const created: Rule = { ignore: 'created' };

/** A person is told that they came too late. */
const asked = (ringing: Rule, active: Rule): Rules => ({
  none: refuse('call_not_found'),
  ringing,
  active,
  ended: refuse('call_ended'),
});
/** A report is never refused: nobody waits for the answer. */
const reported = (ringing: Rule, active: Rule): Rules => ({
  none: { ignore: 'not_created' },
  ringing,
  active,
  ended: { ignore: 'ended' },
});
const user = ({ userId }: { readonly userId: UserId }): UserId => userId;
const [ringing, active, ended] = [to('ringing'), to('active'), to('ended')];
const orEnded = { ringing: to('ringing', 'ended'), active: to('active', 'ended') };

export const creation: Rules = { none: ringing, ringing: created, active: created, ended: created };

export const transitions: { readonly [N in LiveCommandName]: Transition<CallCommands[N]> } = {
  // ringing goes to active when somebody answers
  answer: { rules: asked(active, active), asker: user, decide: answer },
  rejoin: { rules: asked(refuse('not_ringing'), active), asker: user, decide: rejoin },
  invite: { rules: asked(ringing, active), asker: user, decide: invite },
  mute: { rules: asked(refuse('not_joined'), active), asker: user, decide: mute },
  remove: {
    rules: asked(orEnded.ringing, orEnded.active),
    asker: user,
    decide: remove,
    withoutStore: true,
    isDone: isRemoved,
  },
  hold: { rules: asked(ringing, active), asker: user, decide: hold },
  block: { rules: reported(orEnded.ringing, orEnded.active), decide: block, withoutStore: true },
  decline: {
    rules: asked(orEnded.ringing, orEnded.active),
    asker: user,
    decide: decline,
    withoutStore: true,
    isDone: isGone,
  },
  cancel: {
    rules: asked(ended, refuse('already_answered')),
    asker: user,
    decide: cancel,
    withoutStore: true,
    isDone: isCancelled,
  },
  leave: { rules: asked(ended, orEnded.active), asker: user, decide: leave, withoutStore: true, isDone: isGone },
  end: { rules: asked(ended, ended), asker: ({ by }) => by, decide: end, withoutStore: true, isDone: isEnded },
  sessionJoined: { rules: reported(ringing, active), decide: sessionJoined, withoutStore: true },
  sessionLost: { rules: reported(ringing, active), decide: sessionLost, withoutStore: true },
  deadlineReached: {
    rules: reported(orEnded.ringing, orEnded.active),
    decide: (call, _command, moment) => deadlineReached(call, moment),
    withoutStore: true,
  },
  rehome: { rules: reported(ringing, active), decide: rehome },
  nodeLost: { rules: reported(ended, ended), decide: nodeLost },
};

export function ruleFor(phase: PhaseOrNone, name: CallCommandName): Rule {
  return name === 'create' ? creation[phase] : transitions[name].rules[phase];
}
