/** A new call is refused where none is taken; one that was made already is found again. */
import { beforeEach, expect, test } from '@jest/globals';
import { randomIds } from '../../../../src/adapters/system/randomIds.ts';
import { createCall } from '../../../../src/commands/call/createCall.ts';
import type { CreateCallContext } from '../../../../src/commands/call/createCall.ts';
import { CallError } from '../../../../src/domain/kernel/errors.ts';
import { limits } from '../../../support/calls.ts';
import { settled, worldOf } from '../../edge/server.ts';

let context: CreateCallContext;
const refuse = (code: 'maintenance' | 'overloaded') => () => {
  throw new CallError(code);
};
const refusals = [
  ['maintenance', { maintenance: { mustTakeCalls: refuse('maintenance') } }],
  ['overloaded', { condition: { mustTake: refuse('overloaded') } }],
] as const;

beforeEach(async () => {
  const world = worldOf();
  await settled(world);
  const { store, users, relations, ringLedgers, tokens } = world;
  const { clock, metrics } = world.options;
  const ringLimits = { attempts: 20, windowMs: 60_000, waitsMs: [0, 0, 0, 60_000] };
  const placeCall = () => 'node_0123456789012345678901' as const;
  const stores = { store, callIndex: store, users, relations, ringLedgers };
  context = { ...stores, tokens, clock, metrics, ringLimits, limits, ids: randomIds, placeCall };
});

const requestOf = (again: boolean, id = randomIds.callId()) => {
  const shared = { callees: ['bob'], media: 'audio', sensitive: false } as const;
  return { ...shared, caller: 'alice', callerDevice: 'alice-phone-1', making: { id, again } };
};

test.each(refusals)('%s refuses a new call, whether or not its request is repeated', async (code, refusing) => {
  for (const again of [false, true]) {
    await expect(createCall({ ...context, ...refusing }, requestOf(again))).rejects.toMatchObject({ code });
  }
});

test.each(refusals)('%s does not refuse the repeated request for a call that rings', async (_code, refusing) => {
  const first = requestOf(false);
  const { call } = await createCall(context, first);
  const repeated = requestOf(true, first.making.id);
  expect((await createCall({ ...context, ...refusing }, repeated)).call).toEqual(call);
});
