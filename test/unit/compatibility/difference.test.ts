import { describe, expect, test } from '@jest/globals';
import { announcedChanges, difference } from '../../compatibility/difference.ts';

const before = {
  paths: { '/v1/calls': { post: { summary: 'Calls somebody.', operationId: 'postCalls' } } },
  schema: { required: ['id', 'epoch'], properties: { epoch: { type: 'integer' } } },
};

describe('two contracts', () => {
  test('are equal if only texts and the order of names differ', () => {
    const now = {
      paths: { '/v1/calls': { post: { summary: 'Call a user.', operationId: 'postCalls' } } },
      schema: { required: ['epoch', 'id'], properties: { epoch: { type: 'integer' } } },
    };
    expect(difference(before, now)).toEqual([]);
  });

  test('differ in a name that is new, gone, or has another value', () => {
    const now = { ...before, schema: { required: ['id'], properties: { epoch: { type: 'string' } } }, more: 1 };
    expect(difference(before, now)).toEqual([
      '+ more = 1',
      '- schema.properties.epoch.type = "integer"',
      '+ schema.properties.epoch.type = "string"',
      '- schema.required[epoch] = "epoch"',
    ]);
  });

  test('are equal except for announced changes', () => {
    const now = {
      paths: before.paths,
      schema: { required: ['id', 'ownerTerm'], properties: { ownerTerm: { type: 'integer' }, added: {} } },
    };
    const changes = [
      { before: 'epoch', now: 'ownerTerm' },
      { before: '', now: 'added' },
    ];
    expect(difference(before, now, changes)).toEqual([]);
    expect(difference(before, now, changes.slice(1))).not.toEqual([]);
    expect(difference(before, now, changes.slice(0, 1))).toEqual(['+ schema.properties.added = {}']);
  });

  test('a field whose name is also a text keyword is compared', () => {
    const field = { properties: { message: { type: 'string' } } };
    expect(difference(field, { properties: {} })).toContain('- properties.message.type = "string"');
  });
});

test('announced changes are the rows of the changelog’s tables', () => {
  const text =
    '### Changed names\n\n| kind | before | now |\n|---|---|---|\n| field | `epoch` | `ownerTerm` |\n| code | | `new_code` |\n\n| a | b |\n';
  expect(announcedChanges(text)).toEqual([
    { before: 'epoch', now: 'ownerTerm' },
    { before: '', now: 'new_code' },
  ]);
});
