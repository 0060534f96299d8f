/**
 * Whether A may call B, and why. One pure function that explains itself. The direction counts: B's follow of A, B's
 * address book and B's message admit A.
 */
import type { Instant } from '../kernel/ids.ts';
import { isQuiet } from './quietHours.ts';
import type { QuietHours } from './quietHours.ts';

/** The audiences that a user admits. With none, nobody may call. */
export const audiences = ['following', 'address_book', 'verified', 'everyone'] as const;
export type Audience = (typeof audiences)[number];

export const waysWhenBusy = ['ring', 'refuse'] as const;
export type WhenBusy = (typeof waysWhenBusy)[number];

/** The settings that each user decides on. */
export interface CallSettings {
  /** Off until its user switches it on. */
  readonly callingOn: boolean;
  readonly audiences: readonly Audience[];
  /** Who may add this user to a call of more than two. */
  readonly groupAudiences: readonly Audience[];
  /** What happens to a call for this user while they are in another: it rings, or is refused. */
  readonly whenBusy: WhenBusy;
  /** Null when there are none. */
  readonly quietHours: QuietHours | null;
}

export const firstSettings: CallSettings = {
  callingOn: false,
  audiences: ['following'],
  groupAudiences: ['following'],
  whenBusy: 'ring',
  quietHours: null,
};

/** What the app knows between a caller and a callee. */
export interface PairFacts {
  readonly callerBlocksCallee: boolean;
  readonly calleeBlocksCaller: boolean;
  readonly calleeFollowsCaller: boolean;
  readonly callerInAddressBook: boolean;
  readonly calleeWroteToCaller: boolean;
  readonly calleeAcceptedRequest: boolean;
}

export interface PolicyQuestion {
  readonly isSelf: boolean;
  /** Absent when the app has no such user. */
  readonly caller?: { readonly callingOn: boolean; readonly isVerified: boolean };
  readonly callee?: CallSettings;
  readonly between: PairFacts;
  /** Whether it is a call of more than two. */
  readonly isGroup: boolean;
  readonly now: Instant;
}

/** In the order in which they are checked: first the caller's own side, then the callee's. */
export const policyRules = [
  'not_self',
  'caller_calling_on',
  'caller_does_not_block',
  'callee_known',
  'callee_calling_on',
  'callee_does_not_block',
  'in_contact',
  'in_audience',
  'not_quiet',
] as const;
export type PolicyRule = (typeof policyRules)[number];

/** One line of the explanation. */
export interface RuleOutcome {
  readonly rule: PolicyRule;
  readonly holds: boolean;
}

export interface PolicyAnswer {
  readonly callable: boolean;
  /** Every rule, in order. The call is allowed only if all hold. */
  readonly rules: readonly RuleOutcome[];
}

export function mayCall(question: PolicyQuestion): PolicyAnswer {
  const rules = policyRules.map((rule) => ({ rule, holds: holds[rule](question) }));
  return { callable: rules.every((one) => one.holds), rules };
}

const holds: Readonly<Record<PolicyRule, (question: PolicyQuestion) => boolean>> = {
  not_self: ({ isSelf }) => !isSelf,
  caller_calling_on: ({ caller }) => caller?.callingOn ?? false,
  caller_does_not_block: ({ between }) => !between.callerBlocksCallee,
  callee_known: ({ callee }) => callee !== undefined,
  callee_calling_on: ({ callee }) => callee?.callingOn ?? false,
  callee_does_not_block: ({ between }) => !between.calleeBlocksCaller,
  in_contact: ({ between }) => between.calleeWroteToCaller || between.calleeAcceptedRequest,
  in_audience: (question) => admittingAudiences(question).length > 0,
  not_quiet: ({ callee, now }) => !isQuiet(callee?.quietHours ?? null, now),
};

/** The callee's audiences that the caller belongs to. */
export function admittingAudiences({ caller, callee, between, isGroup }: PolicyQuestion): readonly Audience[] {
  const chosen = (isGroup ? callee?.groupAudiences : callee?.audiences) ?? [];
  const belongs: Readonly<Record<Audience, boolean>> = {
    following: between.calleeFollowsCaller,
    address_book: between.callerInAddressBook,
    verified: caller?.isVerified ?? false,
    everyone: true,
  };
  return chosen.filter((audience) => belongs[audience]);
}

/** What the caller may know: their own side in full, and one common word for everything on the callee's side. */
export const revealedReasons = ['self', 'calling_off', 'blocked_by_you', 'not_callable'] as const;
export type RevealedReason = (typeof revealedReasons)[number];

/** Undefined when the call is allowed. */
export function revealed({ rules }: PolicyAnswer): RevealedReason | undefined {
  const broken = rules.find((one) => !one.holds)?.rule;
  switch (broken) {
    case undefined:
      return undefined;
    case 'not_self':
      return 'self';
    case 'caller_calling_on':
      return 'calling_off';
    case 'caller_does_not_block':
      return 'blocked_by_you';
    case 'callee_known':
    case 'callee_calling_on':
    case 'callee_does_not_block':
    case 'in_contact':
    case 'in_audience':
    case 'not_quiet':
      return 'not_callable';
  }
}

/** What would have to change for a rule to hold, for the app's backend. */
export const wouldChange: Readonly<Record<PolicyRule, string>> = {
  not_self: 'None: a user cannot call themselves.',
  caller_calling_on: 'The caller switches calling on.',
  caller_does_not_block: 'The caller unblocks the callee.',
  callee_known: 'The app creates the callee.',
  callee_calling_on: 'The callee switches calling on.',
  callee_does_not_block: 'The callee unblocks the caller.',
  in_contact: 'The callee writes to the caller, or accepts their message request.',
  in_audience: 'The callee allows an audience that the caller belongs to, or adds the caller to one.',
  not_quiet: 'The quiet hours of the callee end.',
};
