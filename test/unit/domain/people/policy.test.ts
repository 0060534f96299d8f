/** Who may call whom: every combination of the facts, against the rules written down a second time in another way. */
import { describe, expect, test } from '@jest/globals';
import {
  admittingAudiences,
  audiences,
  firstSettings,
  mayCall,
  policyRules,
  revealed,
  wouldChange,
} from '../../../../src/domain/people/policy.ts';
import type { Audience, PolicyQuestion } from '../../../../src/domain/people/policy.ts';
import { hasKnownTimeZone, isQuiet, isTimeZone } from '../../../../src/domain/people/quietHours.ts';

const noon = Date.UTC(2026, 0, 15, 12, 0);
const utc = (from: string, to: string) => ({ from, to, timeZone: 'UTC' });

/** One bit a fact. */
const facts = [
  'callerKnown',
  'callerOn',
  'callerVerified',
  'calleeKnown',
  'calleeOn',
  'callerBlocks',
  'calleeBlocks',
  'wrote',
  'accepted',
  'follows',
  'inBook',
  'letsFollowing',
  'letsBook',
  'letsVerified',
  'letsEveryone',
  'quiet',
] as const;
type Facts = Readonly<Record<(typeof facts)[number], boolean>>;

function* everyCombination(): Generator<Facts> {
  for (let bits = 0; bits < 2 ** facts.length; bits += 1) {
    const world = { ...nothing };
    facts.forEach((fact, index) => (world[fact] = (bits & (1 << index)) !== 0));
    yield world;
  }
}
const nothing: Record<(typeof facts)[number], boolean> = {
  callerKnown: false,
  callerOn: false,
  callerVerified: false,
  calleeKnown: false,
  calleeOn: false,
  callerBlocks: false,
  calleeBlocks: false,
  wrote: false,
  accepted: false,
  follows: false,
  inBook: false,
  letsFollowing: false,
  letsBook: false,
  letsVerified: false,
  letsEveryone: false,
  quiet: false,
};

function questionOf(world: Facts): PolicyQuestion {
  const chosen: [Audience, boolean][] = [
    ['following', world.letsFollowing],
    ['address_book', world.letsBook],
    ['verified', world.letsVerified],
    ['everyone', world.letsEveryone],
  ];
  return {
    isSelf: false,
    isGroup: false,
    now: noon,
    ...(world.callerKnown ? { caller: { callingOn: world.callerOn, isVerified: world.callerVerified } } : {}),
    ...(world.calleeKnown
      ? {
          callee: {
            ...firstSettings,
            callingOn: world.calleeOn,
            audiences: chosen.filter(([, lets]) => lets).map(([audience]) => audience),
            quietHours: world.quiet ? utc('11:00', '13:00') : null,
          },
        }
      : {}),
    between: {
      callerBlocksCallee: world.callerBlocks,
      calleeBlocksCaller: world.calleeBlocks,
      calleeFollowsCaller: world.follows,
      callerInAddressBook: world.inBook,
      calleeWroteToCaller: world.wrote,
      calleeAcceptedRequest: world.accepted,
    },
  };
}

/** The rules in one breath, as a person would say them. */
function reference(w: Facts): { callable: boolean; told: string | undefined } {
  const own = !(w.callerKnown && w.callerOn) ? 'calling_off' : w.callerBlocks ? 'blocked_by_you' : undefined;
  if (own !== undefined) return { callable: false, told: own };
  const door =
    w.letsEveryone ||
    (w.letsFollowing && w.follows) ||
    (w.letsBook && w.inBook) ||
    (w.letsVerified && w.callerVerified);
  const yes = w.calleeKnown && w.calleeOn && !w.calleeBlocks && (w.wrote || w.accepted) && door && !w.quiet;
  return yes ? { callable: true, told: undefined } : { callable: false, told: 'not_callable' };
}

test('every combination of facts is decided as in the reference', () => {
  let yes = 0;
  for (const world of everyCombination()) {
    const answer = mayCall(questionOf(world));
    const expected = reference(world);
    if (answer.callable !== expected.callable || revealed(answer) !== expected.told) {
      throw new Error(`${JSON.stringify(world)}: ${JSON.stringify(answer)}, expected ${JSON.stringify(expected)}`);
    }
    if (answer.callable) yes += 1;
  }
  expect(yes).toBeGreaterThan(100);
});

test('a refusal tells the caller only about their own side', () => {
  const told = new Map<string, Set<string | undefined>>();
  for (const world of everyCombination()) {
    const answer = mayCall(questionOf(world));
    if (answer.callable) continue;
    const own = JSON.stringify([world.callerKnown, world.callerOn, world.callerBlocks]);
    told.set(own, (told.get(own) ?? new Set()).add(revealed(answer)));
  }
  for (const answers of told.values()) expect(answers.size).toBe(1);
});

describe('the explanation', () => {
  const good: Facts = {
    ...nothing,
    callerKnown: true,
    callerOn: true,
    calleeKnown: true,
    calleeOn: true,
    wrote: true,
    letsEveryone: true,
  };

  test('names every rule once, in order, with what would change it', () => {
    const { rules, callable } = mayCall(questionOf(good));
    expect(callable).toBe(true);
    expect(rules.map(({ rule }) => rule)).toEqual([...policyRules]);
    for (const rule of policyRules) expect(wouldChange[rule].length).toBeGreaterThan(10);
  });

  test.each([
    [{ calleeOn: false }, ['callee_calling_on']],
    [{ calleeBlocks: true, quiet: true }, ['callee_does_not_block', 'not_quiet']],
    [{ wrote: false }, ['in_contact']],
    [{ letsEveryone: false }, ['in_audience']],
    [{ callerBlocks: true }, ['caller_does_not_block']],
  ] as const)('%j breaks %j', (change, broken) => {
    const { rules } = mayCall(questionOf({ ...good, ...change }));
    expect(rules.filter(({ holds }) => !holds).map(({ rule }) => rule)).toEqual(broken);
  });
});

test('a user unknown to the app passes no rule that needs a fact', () => {
  const { callee: _, ...toNobody } = questionOf({ ...nothing, callerKnown: true, callerOn: true, wrote: true });
  const rulesOf = (question: PolicyQuestion) =>
    Object.fromEntries(mayCall(question).rules.map(({ rule, holds }) => [rule, holds]));
  expect(rulesOf(toNobody)).toMatchObject({ callee_known: false, callee_calling_on: false, in_audience: false });
  const byNobody = questionOf({ ...nothing, calleeKnown: true, calleeOn: true, wrote: true, letsVerified: true });
  expect(rulesOf(byNobody)).toMatchObject({ caller_calling_on: false, in_audience: false });
  expect(admittingAudiences(byNobody)).toEqual([]);
});

test('a new user cannot be called until they switch it on, and then only by users they follow', () => {
  expect(firstSettings).toEqual({
    callingOn: false,
    audiences: ['following'],
    groupAudiences: ['following'],
    whenBusy: 'ring',
    quietHours: null,
  });
});

test('users cannot call themselves', () => {
  const world = { ...nothing, callerKnown: true, callerOn: true };
  expect(revealed(mayCall({ ...questionOf(world), isSelf: true }))).toBe('self');
});

test('a group has its own audiences', () => {
  const question = questionOf({
    ...nothing,
    callerKnown: true,
    callerOn: true,
    calleeKnown: true,
    calleeOn: true,
    wrote: true,
    letsEveryone: true,
  });
  const { callee } = question;
  if (callee === undefined) throw new Error('there is a callee');
  const closed = { ...question, callee: { ...callee, groupAudiences: [] } };
  expect(mayCall({ ...closed, isGroup: true }).callable).toBe(false);
  expect(mayCall({ ...closed, isGroup: false }).callable).toBe(true);
  for (const audience of audiences) expect(firstSettings.audiences.includes(audience)).toBe(audience === 'following');
});

describe('quiet hours', () => {
  test('a time zone unknown to this machine counts as quiet, without an error', () => {
    const unknown = { from: '22:00', to: '07:00', timeZone: 'Mars/Olympus_Mons' };
    expect(hasKnownTimeZone(unknown)).toBe(false);
    for (let hour = 0; hour < 24; hour += 1) expect(isQuiet(unknown, hour * 3_600_000)).toBe(true);
    expect(isQuiet({ ...unknown, to: '22:00' }, 0)).toBe(false);
    expect(hasKnownTimeZone({ ...unknown, timeZone: 'Europe/Berlin' })).toBe(true);
  });

  test.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Mars/Olympus_Mons', false],
    ['', false],
    ['+01:00', false],
    ['-08:00', false],
  ])('%s: time zone by name: %p', (name, known) => {
    expect(isTimeZone(name)).toBe(known);
  });

  const at = (hour: number, minute: number) => Date.UTC(2026, 0, 15, hour, minute);
  test.each([
    ['within', utc('11:00', '13:00'), at(12, 0), true],
    ['at the first minute', utc('12:00', '13:00'), at(12, 0), true],
    ['at the last minute', utc('11:00', '12:00'), at(12, 0), false],
    ['over midnight, at the first minute', utc('22:00', '07:00'), at(22, 0), true],
    ['over midnight, a minute before', utc('22:00', '07:00'), at(21, 59), false],
    ['over midnight, late', utc('22:00', '07:00'), at(23, 30), true],
    ['over midnight, early', utc('22:00', '07:00'), at(6, 59), true],
    ['over midnight, by day', utc('22:00', '07:00'), at(7, 0), false],
    ['midnight itself', utc('22:00', '07:00'), at(0, 0), true],
    ['of no length', utc('12:00', '12:00'), at(12, 0), false],
    ['in the time zone of the user', { from: '20:30', to: '21:30', timeZone: 'Asia/Tokyo' }, at(12, 0), true],
    ['in another time zone', { from: '11:30', to: '12:30', timeZone: 'Asia/Tokyo' }, at(12, 0), false],
    ['none', null, at(12, 0), false],
  ] as const)('%s', (_, hours, now, quiet) => {
    expect(isQuiet(hours, now)).toBe(quiet);
  });
});
