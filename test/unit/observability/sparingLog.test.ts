import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { parsedJson } from '../../../src/adapters/redis/schema/values.ts';
import { CallError } from '../../../src/domain/kernel/errors.ts';
import { SparingLog } from '../../../src/observability/sparingLog.ts';
import type { LogFields } from '../../../src/ports/system/log.ts';
import { Throttle } from '../../../src/support/throttle.ts';

function logged() {
  const lines: [string, LogFields][] = [];
  const note = (message: string, fields: LogFields = {}): void => void lines.push([message, fields]);
  let now = 0;
  const acted = () => undefined;
  const log = new SparingLog({ debug: note, info: note, warn: note, error: note, acted }, new Throttle(() => now));
  return { lines, log, pass: (ms: number) => (now += ms) };
}

const faultOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};
const unreadable = (text: string) => faultOf(() => parsedJson(z.object({ seq: z.number() }), text));

test('a flood of unreadable messages is one line a minute for each cause, with the place and without their text', () => {
  const { lines, log, pass } = logged();
  const flood = () => {
    for (let index = 0; index < 1_000; index += 1) {
      log.warn('failed to read a message', { error: unreadable(`nonsense ${index}`) });
      log.warn('failed to read a message', { error: unreadable(`{"seq":"${index}"}`) });
    }
  };
  flood();
  const noJson = expect.stringMatching(/^no JSON, at parsedJson .*values\.ts:\d+:\d+\)/);
  const anotherShape = expect.stringMatching(/^another shape: invalid_type\b/);
  expect(lines).toEqual([
    ['failed to read a message', { reason: noJson }],
    ['failed to read a message', { reason: anotherShape }],
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/nonsense|"0"/);
  pass(60_000);
  flood();
  expect(lines.slice(2)).toEqual([
    ['failed to read a message', { reason: noJson, count: 1_000 }],
    ['failed to read a message', { reason: anotherShape, count: 1_000 }],
  ]);
});

test('a bug keeps its stack, once a minute for each place and level', () => {
  const { lines, log } = logged();
  const bugs = Array.from({ length: 3 }, (_, index) => new TypeError(`bug ${index}`));
  for (const error of bugs) log.error('failed to serve', { error });
  log.warn('failed to serve', { error: bugs[0] });
  log.error('failed to serve', { error: new CallError('internal') });
  expect(lines.map(([, { error }]) => error)).toEqual([bugs[0], bugs[0], expect.any(CallError)]);
});

test('values that are unreadable at different places are different faults', () => {
  const { lines, log } = logged();
  const shape = z.object({ seq: z.number() });
  const here = faultOf(() => shape.parse({}));
  const there = faultOf(() => shape.parse({}));
  for (const error of [here, there, here]) log.error('failed to serve', { error });
  log.error('failed to serve', { error: new CallError('internal', { cause: here }) });
  expect(lines).toHaveLength(3);
  for (const [, { reason }] of lines)
    expect(reason).toMatch(/^another shape: invalid_type, at .*sparingLog\.test\.ts:/);
});

test('lines without an error are all written, and so is what is no fault', () => {
  const { lines, log } = logged();
  for (let index = 0; index < 3; index += 1) {
    log.warn('a node died', { count: index });
    log.info('a call was moved', { error: new Error('x') });
    log.debug('a connection failed', { error: new Error('x') });
  }
  expect(lines).toHaveLength(9);
});
