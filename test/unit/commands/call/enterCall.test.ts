/** The ways into a call. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { MemoryCalls } from '../../../../src/adapters/memory/memoryCalls.ts';
import { MemoryRelations } from '../../../../src/adapters/memory/memoryRelations.ts';
import { MemoryRingLedgers } from '../../../../src/adapters/memory/memoryRingLedgers.ts';
import { answerCall } from '../../../../src/commands/call/enterCall.ts';
import { CallOwners } from '../../../../src/commands/cluster/callOwners.ts';
import type { CallCommand } from '../../../../src/domain/call/commands.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import { runCommand } from '../../../../src/commands/call/running/runCommand.ts';
import { createCommand } from '../../../support/calls.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { worldOf } from '../../edge/server.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Bob, who blocks Carol, answers a call of Alice with both. What the owner knows may be older than what is stored. */
async function bobAnswers(steps: { readonly known: readonly CallCommand[]; readonly stored: readonly CallCommand[] }) {
  const clock = { now: () => Date.now() };
  const store = new MemoryCalls({ clock, endedCallTtlMs: 60_000 });
  const relations = new MemoryRelations();
  await relations.change([{ from: 'bob', kind: 'blocks', to: 'carol', holds: true }]);
  const { metrics } = worldOf().options;
  const created = createCommand(['bob', 'carol']);
  const { callId, nodeId } = created;
  const elsewhere = { store, clock, metrics };
  for (const command of [created, ...steps.known]) await runCommand(elsewhere, callId, command);
  const known = await store.load(callId);
  if (known === undefined) throw new Error('no call');
  for (const command of steps.stored) await runCommand(elsewhere, callId, command);
  const messages = { nodeId, request: notAsked, tell: notAsked, serve: notAsked, onGap: notAsked, giveUp: notAsked };
  const copy = { call: known, events: [], storedAt: clock.now(), isUnsaved: false };
  const owners = new CallOwners({ messages, clock, copies: { of: () => copy, keepUnsaved: () => false } });
  const context = { ...elsewhere, owners, ringLedgers: new MemoryRingLedgers(), relations };
  const answer = answerCall(context, { callId, userId: 'bob', deviceId: 'bob-phone' });
  const code = await answer.then(
    () => 'answered',
    (error: unknown) => (error instanceof CallError ? error.code : error),
  );
  const call = await store.load(callId);
  return { code, states: call?.participants.map(({ state }) => state) };
}

const carolJoins: CallCommand = { name: 'answer', userId: 'carol', deviceId: 'carol-phone' };
const carolLeaves: CallCommand = { name: 'leave', userId: 'carol' };

function notAsked(): never {
  throw new Error('no other node is asked');
}

test('a block is no reason for a refusal if the blocked member has left, although the owner does not know it yet', async () => {
  expect(await bobAnswers({ known: [carolJoins], stored: [carolLeaves] })).toEqual({
    code: 'answered',
    states: ['joined', 'joined', 'gone'],
  });
});

test('a block of a member who is in the call declines it', async () => {
  expect(await bobAnswers({ known: [carolJoins], stored: [] })).toEqual({
    code: 'not_allowed',
    states: ['joined', 'gone', 'joined'],
  });
});

test('a block of a member of whom the owner does not know yet parts them after the answer', async () => {
  expect(await bobAnswers({ known: [], stored: [carolJoins] })).toEqual({
    code: 'answered',
    states: ['joined', 'joined', 'gone'],
  });
});

test('an answer that succeeded without a confirmation by the owner clears the unanswered rings', async () => {
  const clock = { now: () => Date.now() };
  const store = new MemoryCalls({ clock, endedCallTtlMs: 60_000 });
  const ringLedgers = new MemoryRingLedgers();
  const { metrics } = worldOf().options;
  const context = { store, clock, metrics, ringLedgers, relations: new MemoryRelations() };
  const inVain = [{ userId: 'bob', times: 3, lastAt: 1 }];
  await ringLedgers.save('alice', { before: undefined, after: { windowBeganAt: 1, attempts: 3, inVain } });
  const created = createCommand();
  const { callId } = created;
  const ringing = (await runCommand(context, callId, created)).after;
  const answer = { userId: 'bob', deviceId: 'bob-phone' };
  await runCommand(context, callId, { name: 'answer', ...answer });
  // What this process read before the owner did it.
  jest.spyOn(store, 'load').mockResolvedValueOnce(ringing);
  await answerCall(context, { callId, ...answer });
  await waitFor('the ringing to be forgiven', async () => (await ringLedgers.load('alice'))?.inVain.length === 0);
});
