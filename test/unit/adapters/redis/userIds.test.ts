/** User ids may hold anything that parts a name: no two may share one. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redisKeys } from '../../../../src/adapters/redis/schema/keys.ts';
import { relationKinds } from '../../../../src/domain/people/relations.ts';
import { userId } from '../../../../src/protocol/shared/ids.ts';
import { hostileUserIds, refusedUserIds, usualUserIds } from '../../../support/userIds.ts';

const keys = redisKeys('veilcast');

/** Every name that holds the id of a user. */
function namesOf(id: string): readonly string[] {
  return [
    ...[keys.user(id), keys.callsOfUser(id), keys.relatedTo(id), keys.blockersOf(id), keys.ringLedger(id)],
    ...[keys.history(id), keys.historySeen(id), keys.userChannel(id)],
    ...relationKinds.map((kind) => keys.relation(id, kind)),
    ...['a', 'b', 'a:rings:b'].map((other) => keys.ringingBetween(id, other)),
  ];
}

test('no two user ids share a stored name, and none has the name of another key', () => {
  const ids = [...new Set([...usualUserIds, ...hostileUserIds])];
  const names = ids.flatMap(namesOf);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^\{veilcast\}:user:[^:{}\s]+(:[^:{}\s]+)*$/u);
  expect(names).not.toContain(keys.users);
});

test('nor do any other two ids', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', ':', '%', '3', 'A', '{', '}', 'calls', 'rings', ' '),
    minLength: 1,
  });
  fc.assert(
    fc.property(text, text, (one, other) => {
      fc.pre(one !== other);
      const shared = new Set(namesOf(one));
      expect(namesOf(other).filter((name) => shared.has(name))).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('ids of letters, digits and marks keep the names under which they are stored', () => {
  expect(namesOf('a.b-c_D9').slice(0, 2)).toEqual(['{veilcast}:user:a.b-c_D9', '{veilcast}:user:a.b-c_D9:calls']);
  expect(keys.ringingBetween('ann', 'ben')).toBe('{veilcast}:user:ann:rings:ben');
});

test.each([...usualUserIds, ...hostileUserIds])('%j is a valid user id', (id) => {
  expect(userId.parse(id)).toBe(id);
});
test.each([...refusedUserIds])('%j is not', (id) => {
  expect(userId.safeParse(id).success).toBe(false);
});
