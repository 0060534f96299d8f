import { expect, test } from '@jest/globals';
import { luaScript } from '../../../../src/adapters/redis/connection/luaScript.ts';

test('an include is replaced by its script, and constants come first', () => {
  const source = '-- Adds.\n-- include add\nreturn add(most)\n';
  const add = 'local function add(n) return n + 1 end\n';
  expect(luaScript(source, { includes: { add }, constants: { most: 3 } })).toBe(
    'local most = 3\n-- Adds.\nlocal function add(n) return n + 1 end\nreturn add(most)\n',
  );
});

test('the flags of a script stay in its first line', () => {
  expect(luaScript('#!lua flags=allow-oom\nreturn most\n', { constants: { most: 3 } })).toBe(
    '#!lua flags=allow-oom\nlocal most = 3\nreturn most\n',
  );
});

test('a script cannot include an unknown script', () => {
  expect(() => luaScript('-- include other\n', { includes: {} })).toThrow('include other');
});
