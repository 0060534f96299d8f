/** The ways into a call. */
import { afterEach, jest, test } from '@jest/globals';
import { MemoryCalls } from '../../../../src/adapters/memory/memoryCalls.ts';
import { MemoryRelations } from '../../../../src/adapters/memory/memoryRelations.ts';
import { MemoryRingLedgers } from '../../../../src/adapters/memory/memoryRingLedgers.ts';
import { answerCall } from '../../../../src/commands/call/enterCall.ts';
import { runCommand } from '../../../../src/commands/call/running/runCommand.ts';
import { createCommand } from '../../../support/calls.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { worldOf } from '../../edge/server.ts';

afterEach(() => {
  jest.restoreAllMocks();
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
