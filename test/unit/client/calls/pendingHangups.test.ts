/** Hanging up holds, whatever happens to the connection in that moment. */
import { expect, test } from '@jest/globals';
import { VeilcastError } from '../../../../src/client/support/errors.ts';
import { PendingHangups } from '../../../../src/client/calls/pendingHangups.ts';

const callId = 'call_0123456789012345678901';

/** Answers each request with the next of the outcomes: a refusal's code, or success. */
function speakerOf(...outcomes: readonly (ConstructorParameters<typeof VeilcastError>[0] | 'heard')[]) {
  const said: string[] = [];
  return {
    said,
    request: (word: string): Promise<unknown> => {
      const outcome = outcomes[said.length] ?? 'heard';
      said.push(word);
      return outcome === 'heard' ? Promise.resolve({}) : Promise.reject(new VeilcastError(outcome));
    },
  };
}

test('is repeated until the server has received it', async () => {
  const speaker = speakerOf('disconnected', 'unavailable');
  const words = new PendingHangups(speaker);
  const saying = words.say(callId, 'leave');
  expect(words.isUnconfirmed(callId)).toBe(true);
  await saying;
  expect(speaker.said).toEqual(['leave', 'leave', 'leave']);
  expect(words.isUnconfirmed(callId)).toBe(false);
});

test('a cancellation that comes after the answer leaves the call', async () => {
  const speaker = speakerOf('already_answered');
  await new PendingHangups(speaker).say(callId, 'cancel');
  expect(speaker.said).toEqual(['cancel', 'leave']);
});

test('an ended call needs no repetition; a real refusal is reported', async () => {
  const over = speakerOf('call_ended');
  await new PendingHangups(over).say(callId, 'leave');
  expect(over.said).toEqual(['leave']);
  await expect(new PendingHangups(speakerOf('not_allowed')).say(callId, 'cancel')).rejects.toThrow(VeilcastError);
});
