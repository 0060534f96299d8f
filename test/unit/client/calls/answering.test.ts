import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { answerUntilHeard } from '../../../../src/client/calls/answering.ts';
import type { Answering } from '../../../../src/client/calls/answering.ts';
import { VeilcastError } from '../../../../src/client/support/errors.ts';

const callId = 'call_0123456789012345678901';
const view: Awaited<ReturnType<Answering['request']>> = {
  id: callId,
  media: 'audio',
  phase: 'active',
  visibility: 'private',
  createdAt: 1,
  answeredAt: 2,
  lastEvent: 2,
  caller: 'alice',
  participants: [],
  answeredHere: true,
};

/** Answers with one after the other, the last again and again. */
function serverThat(...outcomes: (VeilcastError | typeof view)[]) {
  const asked: string[] = [];
  const request: Answering['request'] = (method) => {
    const outcome = outcomes[Math.min(asked.push(method), outcomes.length) - 1];
    if (outcome === undefined) throw new Error('no outcome is left');
    return outcome instanceof VeilcastError ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  return { asked, request };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('an answer whose socket closes before it is acknowledged is sent again', async () => {
  const server = serverThat(new VeilcastError('disconnected'), new VeilcastError('timed_out'), view);
  const heard = answerUntilHeard(server, callId);
  await jest.runAllTimersAsync();
  expect(await heard).toBe(view);
  expect(server.asked).toHaveLength(3);
});

test.each(['answered_elsewhere', 'call_ended', 'not_callable'] as const)('%s ends the attempts', async (code) => {
  const server = serverThat(new VeilcastError(code));
  await expect(answerUntilHeard(server, callId)).rejects.toMatchObject({ code });
  expect(server.asked).toHaveLength(1);
});

test('an unreachable server is reported in the end', async () => {
  const server = serverThat(new VeilcastError('disconnected'));
  const refused = expect(answerUntilHeard(server, callId)).rejects.toMatchObject({ code: 'disconnected' });
  await jest.runAllTimersAsync();
  await refused;
  expect(server.asked).toHaveLength(5);
});
