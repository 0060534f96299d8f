import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { Logger } from '../../../src/observability/logger.ts';
import type { LogFields } from '../../../src/ports/system/log.ts';

const line = z.looseObject({ level: z.string(), time: z.string(), msg: z.string() });

function logged(say: (log: Logger) => void, level: 'debug' | 'warn' | 'silent' = 'debug') {
  const lines: string[] = [];
  say(new Logger({ level, name: 'node', destination: { write: (text: string) => lines.push(text) } }));
  return lines.map((text) => line.parse(JSON.parse(text)));
}

describe('a log line', () => {
  test('has its level, time, process and fields, but no host or process number', () => {
    const [entry] = logged((log) => {
      log.info('listening', { port: 4400, count: 200 });
    });
    expect(Object.keys(entry ?? {}).sort()).toEqual(['count', 'level', 'msg', 'name', 'port', 'time']);
    expect(entry).toMatchObject({ level: 'info', msg: 'listening', name: 'node', port: 4400 });
  });

  test('contains only fields of the closed list', () => {
    const fields = { userId: 'alice', remoteAddress: '192.0.2.1', headers: { cookie: 'x' } };
    const asFields: LogFields = fields;
    const [entry] = logged((log) => {
      log.warn('odd', asFields);
    });
    expect(entry).toMatchObject({ userId: 'alice' });
    expect(JSON.stringify(entry)).not.toMatch(/192|cookie|remoteAddress/);
  });

  test('contains no address: not in message, fields, error, cause, or what drivers attach to errors', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:6379'), { address: '192.0.2.1', port: 6379 });
    const error = new AggregateError([new Error('[2001:db8::1]:6379 refused')], 'all of 192.0.2.1 failed', { cause });
    error.stack = 'AggregateError: 192.0.2.1\n    at connect (src/a.ts:1:2)';
    const [entry] = logged((log) => {
      log.error('lost 2001:db8::7', { error, reason: 'from 192.0.2.9', method: 'GET' });
    });
    expect(JSON.stringify(entry)).not.toMatch(/192\.0|2001:db8|6379/);
    expect(entry).toMatchObject({
      msg: 'lost [address]',
      reason: 'from [address]',
      method: 'GET',
      error: {
        name: 'AggregateError',
        message: 'all of [address] failed',
        stack: 'AggregateError: [address]\n    at connect (src/a.ts:1:2)',
        causes: [{ message: 'connect ECONNREFUSED [address]' }, { message: '[address] refused' }],
      },
    });
  });

  test('stops at the fourth cause, even for errors that cause themselves', () => {
    const error = new Error('round');
    error.cause = error;
    const [entry] = logged((log) => {
      log.error('in circles', { error });
    });
    expect(JSON.stringify(entry).match(/"message":"round"/g)).toHaveLength(4);
  });

  test('contains only the text of thrown values that are not errors', () => {
    const entries = logged((log) => {
      log.error('odd', { error: 'at 192.0.2.1' });
      log.error('odd', { error: { address: '192.0.2.1' } });
    });
    expect(entries.map((entry) => entry['error'])).toEqual([
      { message: 'at [address]' },
      { message: 'a value that is not an error was thrown' },
    ]);
  });

  test('is written from its level upwards', () => {
    const all = (log: Logger) => {
      for (const say of ['debug', 'info', 'warn', 'error'] as const) log[say](say);
    };
    expect(logged(all).map(({ level }) => level)).toEqual(['debug', 'info', 'warn', 'error']);
    expect(logged(all, 'warn').map(({ level }) => level)).toEqual(['warn', 'error']);
    expect(logged(all, 'silent')).toEqual([]);
  });
});

describe('the audit log', () => {
  const drained = (log: Logger) => {
    log.acted({ by: 'operations', act: 'drain', detail: 'from 192.0.2.1' });
  };

  test('is written whatever the level, as lines of one kind without an address', () => {
    for (const level of ['debug', 'warn'] as const) {
      expect(logged(drained, level)).toEqual([
        {
          level: 'info',
          time: expect.any(String),
          name: 'node',
          kind: 'audit',
          by: 'operations',
          act: 'drain',
          detail: 'from [address]',
          msg: 'an operator acted',
        },
      ]);
    }
  });

  test('is silent with the log', () => {
    expect(logged(drained, 'silent')).toEqual([]);
  });
});
