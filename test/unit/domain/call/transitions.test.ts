/** Every pair of phase and command, generated from the table: what it allows happens, what it refuses is refused. */
import { describe, expect, test } from '@jest/globals';
import { phases } from '../../../../src/domain/call/call.ts';
import type { Call } from '../../../../src/domain/call/call.ts';
import { ruleFor, transitions } from '../../../../src/domain/call/commands.ts';
import type { CallCommand, CallCommandName, PhaseOrNone } from '../../../../src/domain/call/commands.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { callIn, createCommand } from '../../../support/calls.ts';

/** A command of each name that fits the call as far as any can. */
function fitting(name: CallCommandName, call: Call | undefined): CallCommand {
  switch (name) {
    case 'create':
      return createCommand();
    case 'answer':
      return { name, userId: 'bob', deviceId: 'bob-phone' };
    case 'rejoin':
      return { name, userId: 'bob', deviceId: 'bob-phone' };
    case 'invite':
      return { name, userId: 'alice', invitees: ['carol'] };
    case 'mute':
    case 'remove':
      return { name, userId: 'alice', targetId: 'bob' };
    case 'hold':
      return { name, userId: 'alice', onHold: true };
    case 'block':
      return { name, userId: 'alice', targetId: 'bob' };
    case 'decline':
      return { name, userId: 'bob' };
    case 'cancel':
      return { name, userId: 'alice' };
    case 'leave':
      return { name, userId: 'alice' };
    case 'end':
      return { name };
    case 'sessionJoined':
    case 'sessionLost':
      return { name, userId: 'alice', deviceId: 'alice-phone', ownerTerm: call?.ownerTerm ?? 1 };
    case 'deadlineReached':
      return { name };
    case 'rehome':
      return { name, from: createCommand().nodeId, to: 'node_other', handover: false };
    case 'nodeLost':
      return { name, nodeId: createCommand().nodeId };
  }
}

const from: readonly PhaseOrNone[] = ['none', ...phases];
const isName = (name: string): name is CallCommandName => name === 'create' || name in transitions;
const names = ['create', ...Object.keys(transitions)].filter(isName);
const pairs = from.flatMap((phase) => names.map((name) => ({ phase, name })));
const reportNames = ['sessionJoined', 'sessionLost', 'deadlineReached', 'rehome', 'nodeLost'] as const;

describe('the table of transitions', () => {
  test.each(pairs)('$phase × $name follows the table', ({ phase, name }) => {
    const call = callIn[phase];
    const rule = ruleFor(phase, name);
    const decision = decide(call, fitting(name, call), 5000);
    if ('refuse' in rule) expect(decision).toEqual({ outcome: 'refused', code: rule.refuse });
    else if ('ignore' in rule) expect(decision).toEqual({ outcome: 'ignored', why: rule.ignore });
    else if (decision.outcome === 'changed') expect(rule.to).toContain(decision.call.phase);
    else expect(['repeated', 'stale', 'not_ringing']).toContain('why' in decision ? decision.why : decision.code);
  });

  test.each(reportNames.flatMap((name) => from.map((phase) => ({ name, phase }))))(
    'a report ($name) is never refused in $phase, because nobody would get the refusal',
    ({ name, phase }) => {
      const call = callIn[phase];
      expect(decide(call, fitting(name, call), 5000).outcome).not.toBe('refused');
    },
  );
});

/**
 * What people expect of a call of two, written by hand and not read from the table: where the call is afterwards, or the
 * word that it is answered with. Alice calls Bob; `bob-phone` has answered where the call is active.
 */
const expected: Readonly<
  Record<Exclude<CallCommandName, 'deadlineReached'>, readonly [string, string, string, string]>
> = {
  // before it is made · while it rings · once it is answered · when it is over
  create: ['ringing', 'created', 'created', 'created'],
  answer: ['call_not_found', 'active', 'repeated', 'call_ended'],
  rejoin: ['call_not_found', 'not_ringing', 'repeated', 'call_ended'],
  invite: ['call_not_found', 'ringing', 'active', 'call_ended'],
  mute: ['call_not_found', 'not_joined', 'active', 'call_ended'],
  remove: ['call_not_found', 'ended', 'ended', 'call_ended'],
  hold: ['call_not_found', 'ringing', 'active', 'call_ended'],
  block: ['not_created', 'ended', 'ended', 'ended'],
  decline: ['call_not_found', 'ended', 'not_ringing', 'call_ended'],
  cancel: ['call_not_found', 'ended', 'already_answered', 'call_ended'],
  leave: ['call_not_found', 'ended', 'ended', 'call_ended'],
  end: ['call_not_found', 'ended', 'ended', 'call_ended'],
  sessionJoined: ['not_created', 'ringing', 'active', 'ended'],
  sessionLost: ['not_created', 'repeated', 'repeated', 'ended'],
  rehome: ['not_created', 'ringing', 'active', 'ended'],
  nodeLost: ['not_created', 'ended', 'ended', 'ended'],
};

test.each(Object.entries(expected))('%s, in each phase', (name, words) => {
  const command = pairs.find((pair) => pair.name === name)?.name;
  if (command === undefined) throw new Error(`there is no command ${name}`);
  const answers = from.map((phase) => {
    const decision = decide(callIn[phase], fitting(command, callIn[phase]), 5000);
    if (decision.outcome === 'changed') return decision.call.phase;
    return decision.outcome === 'refused' ? decision.code : decision.why;
  });
  expect(answers).toEqual(words);
});

/** Where the store is down, people can still go and what has ended is told; nobody comes in, and no call changes its node. */
test('which commands are decided while the store takes no writes', () => {
  const decided = Object.entries(transitions).flatMap(([name, { withoutStore }]) => (withoutStore ? [name] : []));
  expect(decided.sort()).toEqual([
    ...['block', 'cancel', 'deadlineReached', 'decline', 'end', 'leave', 'remove', 'sessionJoined', 'sessionLost'],
  ]);
});
