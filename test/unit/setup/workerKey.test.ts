import { workerKey } from '../../../deploy/run/workerCache.mjs';

const parts = {
  version: '3.27.1',
  system: 'linux x64 2.36 ID=debian VERSION_ID="12"',
  recipe: new Map([
    ['recipe.mjs', 'mends'],
    ['subprojects/libuv/meson.build', 'libuv'],
  ]),
};

test('the key of a worker works as a folder name and contains its version', () => {
  expect(workerKey(parts)).toMatch(/^3\.27\.1-\w+-[0-9a-f]{16}$/);
});

test('the key does not depend on the order of the files', () => {
  expect(workerKey({ ...parts, recipe: new Map([...parts.recipe].reverse()) })).toBe(workerKey(parts));
});

test.each([
  ['another mediasoup', { version: '3.27.2' }],
  ['another system', { system: 'linux x64 2.41 ID=debian VERSION_ID="13"' }],
  ['another content', { recipe: new Map([...parts.recipe, ['recipe.mjs', 'other patches']]) }],
  ['another file', { recipe: new Map([...parts.recipe, ['empty.c', '']]) }],
])('%s gives another key', (_, change) => {
  expect(workerKey({ ...parts, ...change })).not.toBe(workerKey(parts));
});
