/** The decisions of the product beside a reference that was written from the design: after every step both say the same. */
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endReasons, leaveReasons } from '../../../../src/domain/call/call.ts';
import type { Call, Participant } from '../../../../src/domain/call/call.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import type { Decision } from '../../../../src/domain/call/decide.ts';
import { errorCatalogue } from '../../../../src/domain/kernel/errors.ts';
import { eventTypes } from '../../../../src/domain/call/events.ts';
import type { CallEvent } from '../../../../src/domain/call/events.ts';
import { nextDeadline } from '../../../../src/domain/call/deadlines.ts';
import { ReferenceCall } from '../../../model/referenceCall.ts';
import type { Person } from '../../../model/referenceCall.ts';
import { createCommand } from '../../../support/calls.ts';

type Command = CallCommand['name'];

/** Drawn without a look at the call; `commandOf` makes of it what fits the call at that time, or nearly does. */
interface Draw {
  readonly name: Command;
  readonly one: string;
  readonly other: string;
  readonly more: readonly string[];
  readonly device: 'phone' | 'tablet';
  /** By how much a report's ownerTerm differs from the call's. */
  readonly ownerTerms: number;
  readonly yes: boolean;
  /** Whether `one` is as drawn, or the host, or somebody whom the command fits. */
  readonly who: 'drawn' | 'host' | 'fitting';
  readonly pause: 'short' | 'long' | 'until_due' | 'until_before_due' | 'until_after_due';
  /** Repeated so often, each time the other way. */
  readonly times: number;
}

const limits = { ringTimeoutMs: 30_000, reconnectGraceMs: 15_000, emptyTimeoutMs: 20_000, longestCallMs: 300_000 };
const names = ['alice', 'bob', 'carol', 'dan', 'erin', 'frank', 'grace', 'heidi', 'ivan'];
/** Most draws are of a few people, so that their commands meet. */
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...names.slice(0, 4)) },
  { weight: 1, arbitrary: fc.constantFrom(...names) },
);
const weights: Readonly<Record<Command, number>> = {
  create: 2,
  answer: 40,
  rejoin: 20,
  invite: 15,
  mute: 8,
  remove: 6,
  hold: 12,
  block: 4,
  decline: 6,
  cancel: 1,
  leave: 12,
  end: 1,
  sessionJoined: 50,
  sessionLost: 12,
  deadlineReached: 20,
  rehome: 8,
  nodeLost: 1,
};
const isCommand = (text: string): text is Command => text in weights;
const draw: fc.Arbitrary<Draw> = fc.record({
  name: fc.oneof(
    ...Object.entries(weights).map(([text, weight]) => ({ weight, arbitrary: fc.constant(text).filter(isCommand) })),
  ),
  one: name,
  other: name,
  more: fc.array(name, { minLength: 1, maxLength: 3 }),
  device: fc.constantFrom('phone', 'phone', 'phone', 'tablet'),
  ownerTerms: fc.constantFrom(0, 0, 0, -1, 1),
  yes: fc.boolean(),
  who: fc.constantFrom('drawn', 'host', 'fitting', 'fitting'),
  pause: fc.oneof(
    { weight: 8, arbitrary: fc.constant('short' as const) },
    { weight: 1, arbitrary: fc.constantFrom('long', 'until_due', 'until_before_due', 'until_after_due') },
  ),
  times: fc.oneof({ weight: 60, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(23) }),
});

interface History {
  readonly mostParticipants: number;
  readonly callees: readonly string[];
  readonly before: readonly Draw[];
  readonly draws: readonly Draw[];
}
const history: fc.Arbitrary<History> = fc.record({
  mostParticipants: fc.constantFrom(2, 3, 5),
  callees: fc.uniqueArray(fc.constantFrom(...names.slice(1, 5)), { minLength: 1, maxLength: 3 }),
  before: fc.array(draw, { maxLength: 1 }),
  draws: fc.array(draw, { minLength: 5, maxLength: 60, size: 'max' }),
});

function creation({ mostParticipants, callees }: History): CallCommand {
  return { ...createCommand(callees), limits: { ...limits, mostParticipants } };
}

/** Where people are who give the command in earnest; `in` for all others. */
const places: Partial<Record<Command, Person['place']>> = { answer: 'rung', decline: 'rung', rejoin: 'out' };

function whoOf({ name, one, who }: Draw, model: ReferenceCall): string {
  if (who === 'drawn' || model.phase === 'none') return one;
  if (who === 'host') return model.host;
  const fitting = [...model.people.values()].filter(({ place }) => place === (places[name] ?? 'in'));
  return fitting[names.indexOf(one) % Math.max(1, fitting.length)]?.name ?? one;
}

function commandOf(drawn: Draw, model: ReferenceCall, made: History): CallCommand {
  const { name, other, device, yes } = drawn;
  const one = whoOf(drawn, model);
  const onDevice = { userId: one, deviceId: `${one}-${device}` };
  switch (name) {
    case 'create':
      return creation(made);
    case 'answer':
    case 'rejoin':
      return { name, ...onDevice };
    case 'invite':
      return { name, userId: one, invitees: drawn.more };
    case 'mute':
    case 'remove':
      return { name, userId: one, targetId: other };
    case 'hold':
      return { name, userId: one, onHold: yes };
    case 'block':
      // Nobody blocks themselves.
      return { name, userId: one, targetId: other === one ? 'mallory' : other };
    case 'decline':
    case 'cancel':
    case 'leave':
      return { name, userId: one };
    case 'end':
      return yes ? { name, by: one } : { name };
    case 'sessionJoined':
    case 'sessionLost':
      return { name, ...onDevice, ownerTerm: model.ownerTerm + drawn.ownerTerms };
    case 'deadlineReached':
      return { name };
    case 'rehome':
      return {
        name,
        handover: yes,
        from: drawn.ownerTerms < 0 || model.phase === 'none' ? 'node_dead' : createNode(model.node),
        to: `node_${model.ownerTerm + (drawn.ownerTerms > 0 ? 0 : 1)}`,
      };
    case 'nodeLost':
      return { name, nodeId: drawn.ownerTerms === 0 && model.phase !== 'none' ? createNode(model.node) : 'node_dead' };
  }
}

const createNode = (node: string): `node_${string}` => `node_${node.replace('node_', '')}`;

function pauseOf({ pause }: Draw, model: ReferenceCall, now: number): number {
  const due = model.nextDue() ?? now + 10;
  switch (pause) {
    case 'short':
      return 10;
    case 'long':
      return 60_000;
    case 'until_before_due':
      return Math.max(1, due - 1 - now);
    case 'until_due':
      return Math.max(1, due - now);
    case 'until_after_due':
      return Math.max(1, due + 1 - now);
  }
}

/** What the product decided, in the words of the reference. */
function answerOf(decision: Decision): unknown {
  if (decision.outcome === 'ignored') return 'nothing';
  if (decision.outcome === 'refused') return { refused: errorCatalogue[decision.code].kind };
  return { changed: decision.events.map(told) };
}

function told(event: CallEvent): string {
  const about = 'userId' in event ? [event.userId] : [];
  const by = 'by' in event ? ['by', event.by] : [];
  return [event.type, ...about, ...by, ...('reason' in event ? [event.reason] : [])].join(' ');
}

function stateOf(call: Call | undefined): unknown {
  if (call === undefined) return undefined;
  return {
    phase: call.phase,
    host: call.participants.filter(({ role }) => role === 'host').map(({ userId }) => userId),
    node: call.nodeId,
    ownerTerm: call.ownerTerm,
    nextDue: nextDeadline(call),
    answeredAt: call.phase === 'ringing' ? undefined : call.answeredAt,
    aloneSince: call.phase === 'active' ? call.aloneAt : undefined,
    whyEnded: call.phase === 'ended' ? call.reason : '',
    people: call.participants.map(shown),
  };
}

function shown(one: Participant): unknown {
  const { userId: name, talkedMs } = one;
  switch (one.state) {
    case 'invited':
      return { name, talkedMs, place: 'rung', since: one.rungSince, invitedBy: one.invitedBy };
    case 'joined':
      return {
        name,
        talkedMs,
        place: 'in',
        since: one.joinedAt,
        device: one.deviceId,
        link: one.presence,
        carriedBy: one.movesFrom,
        onHold: one.onHold ?? false,
        awaitedSince: one.expectedSince,
      };
    case 'gone':
      return { name, talkedMs, place: 'out', since: one.leftAt, whyOut: one.reason };
  }
}

function stateOfReference(model: ReferenceCall): unknown {
  if (model.phase === 'none') return undefined;
  const { phase, host, node, ownerTerm, answeredAt, aloneSince, whyEnded } = model;
  return {
    phase,
    host: [host],
    node,
    ownerTerm,
    answeredAt,
    aloneSince,
    whyEnded,
    nextDue: model.nextDue(),
    people: [...model.people.values()].map(shownByReference),
  };
}

function shownByReference({ name, talkedMs, place, since, ...one }: Person): unknown {
  const { invitedBy, whyOut, device, link, carriedBy, onHold } = one;
  if (place === 'rung') return { name, talkedMs, place, since, invitedBy };
  if (place === 'out') return { name, talkedMs, place, since, whyOut };
  const isAwaited = link !== 'connected' || carriedBy !== undefined;
  const awaitedSince = isAwaited ? one.awaitedSince : undefined;
  return { name, talkedMs, place, since, device, link, carriedBy, onHold, awaitedSince };
}

/** `toEqual` is there to show a difference; to find none it takes ten times as long. */
function same(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected);
}

/** Everything that came up, to know that the histories make it. */
type Seen = Set<string>;

function compare(made: History, seen: Seen): void {
  const model = new ReferenceCall();
  let call: Call | undefined;
  let now = 1_000_000;
  const step = (command: CallCommand, pause: number) => {
    now += pause;
    const phase = model.phase;
    const expected = model.ask(command, now);
    const decision = decide(call, command, now);
    same({ command, answer: answerOf(decision) }, { command, answer: expected });
    if (decision.outcome === 'changed') call = decision.call;
    same({ command, state: stateOf(call) }, { command, state: stateOfReference(model) });
    seen.add(`${phase} ${command.name} ${decision.outcome}`);
    if (decision.outcome === 'refused') seen.add(`refused ${errorCatalogue[decision.code].kind}`);
    if (decision.outcome === 'changed') for (const { type } of decision.events) seen.add(type);
    if (model.phase === 'ended') seen.add(`ended ${model.whyEnded}`);
    for (const { place, whyOut } of model.people.values()) if (place === 'out') seen.add(`out ${whyOut}`);
  };
  for (const drawn of made.before) step(commandOf(drawn, model, made), 1);
  step(creation(made), 1);
  for (const drawn of made.draws) {
    for (let time = 0; time < drawn.times; time += 1) {
      const yes = drawn.yes === (time % 2 === 0);
      step(commandOf({ ...drawn, yes }, model, made), time === 0 ? pauseOf(drawn, model, now) : 1);
    }
  }
}

test('every history of commands matches the reference', () => {
  fc.assert(
    fc.property(history, (made) => {
      compare(made, new Set());
    }),
    { numRuns: 500 },
  );
});

test('the histories cover every command in every phase, every event, every ending, every exit and every refusal', () => {
  const seen: Seen = new Set();
  fc.assert(
    fc.property(history, (made) => {
      compare(made, seen);
    }),
    { numRuns: 800, seed: 22 },
  );
  const commands = Object.keys(weights);
  const live = commands.filter((one) => !['create', 'rejoin', 'mute', 'cancel'].includes(one));
  const expected = [
    'none create changed',
    ...['create', 'block', 'deadlineReached', 'nodeLost', 'rehome'].map((one) => `ended ${one} ignored`),
    ...live.flatMap((one) => [`ringing ${one} changed`, `active ${one} changed`]),
    ...['active rejoin changed', 'active mute changed', 'ringing cancel changed', 'ringing mute refused'],
    ...['answer', 'rejoin', 'invite', 'hold', 'leave', 'end', 'decline'].map((one) => `ended ${one} refused`),
    ...['not_found', 'forbidden', 'conflict', 'gone', 'too_many'].map((one) => `refused ${one}`),
    ...[...eventTypes, ...endReasons.map((one) => `ended ${one}`), ...leaveReasons.map((one) => `out ${one}`)],
  ];
  expect(expected.filter((one) => !seen.has(one))).toEqual([]);
});
