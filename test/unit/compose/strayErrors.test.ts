import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from '@jest/globals';
import { surviveStrayErrors } from '../../../src/compose/process/strayErrors.ts';

let process: EventEmitter;
let told: string[];
let exits: number[];
beforeEach(() => {
  process = new EventEmitter();
  told = [];
  exits = [];
  const write = (message: string) => told.push(message);
  surviveStrayErrors({
    process,
    log: { debug: write, info: write, warn: write, error: write },
    exit: (code) => exits.push(code),
  });
});

const lost = (code: string) => Object.assign(new Error(`read ${code}`), { code });

test('a lost connection without a listener does not end the process and is logged once', () => {
  for (const code of ['ECONNRESET', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']) process.emit('uncaughtException', lost(code));
  expect(exits).toEqual([]);
  expect(told).toHaveLength(3);
});

test('any other error ends the process and its cause is logged', () => {
  process.emit('uncaughtException', lost('ERR_INVALID_ARG_TYPE'));
  process.emit('uncaughtException', new TypeError('a bug'));
  process.emit('uncaughtException', 'a thrown text');
  expect(exits).toEqual([1, 1, 1]);
  expect(told).toHaveLength(3);
});
